import type { Hardware } from '../hardware.ts';

/** What running the seed's script would do. */
export interface Seed {
  readonly bootId: string;
  readonly token: string;
  readonly helloUrl: string;
  /** `type base64` of the keys that may log in. */
  readonly keys: readonly string[];
}

/** Undefined when this is no script of ours. */
export function readSeed(userData: string): Seed | undefined {
  const bootId = /\bboot=([0-9a-f-]{36})\b/.exec(userData)?.[1];
  const token = /\btoken=([0-9a-f]{32})\b/.exec(userData)?.[1];
  const helloUrl = /\bhttp:\/\/[^\s']+\/hello\b/.exec(userData)?.[0];
  if (!userData.startsWith('#!') || !bootId || !token || !helloUrl) return undefined;
  return { bootId, token, helloUrl, keys: publicKeys(userData) };
}

/** Every OpenSSH public key in a text. */
export function publicKeys(text: string): readonly string[] {
  return [...new Set(text.match(/\bssh-ed25519 [A-Za-z0-9+/]{68}/g) ?? [])];
}

/** The form that curl would send. */
export function helloForm(hardware: Hardware, seed: Seed, hostKeyLine: string): URLSearchParams {
  return new URLSearchParams([
    ['boot', seed.bootId],
    ['token', seed.token],
    ['firmware', hardware.firmware],
    ['arch', 'amd64'],
    ['host-key', `${hostKeyLine}\n`],
    ['product_uuid', `${hardware.uuid}\n`],
    ['product_serial', `${hardware.serial}\n`],
    ['sys_vendor', `${hardware.vendor}\n`],
    ['product_name', `${hardware.product}\n`],
    ...hardware.macs.map((mac): [string, string] => ['mac', `${mac}\n`]),
  ]);
}
