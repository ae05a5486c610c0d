import { usageError } from './command-error.ts';

const keyType = /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521))$/;

interface Line {
  /** `10.0.0.5`, `[10.0.0.5]:22`, several with commas, or a hash; undefined in a file of ssh-keygen(1). */
  readonly hosts?: string;
  readonly key: string;
}

/**
 * Host keys of one machine out of what ssh-keyscan(1) prints, a known_hosts file, or /etc/ssh/ssh_host_*_key.pub. Where
 * lines name different hosts, only those of this address count.
 * @throws a usage error naming the line
 */
export function hostKeysIn(text: string, file: string, address: string): readonly string[] {
  if (text.includes('PRIVATE KEY'))
    throw usageError(`--host-key-file ${file} is a private key`, `Give ${file}.pub`);
  const lines = text.split('\n').flatMap((line, index) => parseLine(line, `${file}, line ${index + 1},`));
  const hosts = new Set(lines.map((line) => line.hosts));
  const own = hosts.size > 1 ? lines.filter((line) => names(line, address)) : lines;
  if (own.length > 0) return [...new Set(own.map(({ key }) => key))];
  throw usageError(
    lines.length === 0
      ? `--host-key-file ${file} holds no host key`
      : `--host-key-file ${file} is of several hosts, and none of them is ${address}`,
  );
}

function parseLine(line: string, where: string): readonly Line[] {
  const words = line.trim().split(/\s+/);
  const [first = '', second = '', third] = words;
  if (first === '' || first.startsWith('#')) return [];
  if (keyType.test(first)) return [{ key: `${first} ${second}` }];
  // Also what is marked as revoked or as an authority (sshd(8)): its mark stands where a host would.
  if (keyType.test(second) && third !== undefined && !first.startsWith('@'))
    return [{ hosts: first, key: `${second} ${third}` }];
  throw usageError(
    `--host-key-file ${where} is no host key`,
    'Give what ssh-keyscan prints, or /etc/ssh/ssh_host_ed25519_key.pub of the machine.',
  );
}

function names({ hosts }: Line, address: string): boolean {
  if (hosts === undefined) return true;
  return hosts.split(',').some((host) => host === address || host === `[${address}]:22`);
}
