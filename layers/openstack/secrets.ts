import { lines, type Shell, shell } from '../../remote/index.ts';
import type { LayerSecret } from '../layer.ts';
import { secretFile } from '../parts/secret-file.ts';

export const secrets = [
  { name: 'admin', does: "the password of the cloud's user admin", from: 'generated' },
  { name: 'database', does: "the services' password for MariaDB", from: 'generated' },
  { name: 'messages', does: "the services' password for RabbitMQ", from: 'generated' },
  { name: 'service', does: 'the password that services show each other', from: 'generated' },
  { name: 'metadata', does: 'what the metadata agent signs with', from: 'generated' },
  { name: 'authority', does: "what the key of the cloud's authority is made of", from: 'generated' },
] as const satisfies readonly LayerSecret[];

type SecretName = (typeof secrets)[number]['name'];
const mentioned = new RegExp(`\\{(${secrets.map(({ name }) => name).join('|')})\\}`);

export function fileOf(name: SecretName): string {
  return secretFile('openstack', name);
}

/** Reads those secrets into shell variables that the text mentions, as `{database}`. */
export function readSecrets(text: string): Shell {
  const names = secrets.map(({ name }) => name).filter((name) => text.includes(`{${name}}`));
  return lines(...names.map((name) => shell`secret_${name}=$(cat ${fileOf(name)})`));
}

/** The text as one word, with the secrets in it. Only for what is built into the shell: others show their arguments. */
export function secretWord(text: string): Shell {
  return text
    .split(mentioned)
    .map((part, index) => (index % 2 === 1 ? shell`"$secret_${part}"` : shell`${part}`))
    .reduce((sum, each) => shell`${sum}${each}`);
}
