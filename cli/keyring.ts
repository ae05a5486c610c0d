import { readFile } from 'node:fs/promises';
import { armoured } from './armour.ts';
import { usageError } from './command-error.ts';

/** Key rings come as text or as bytes (`/usr/share/keyrings/*.gpg`); the service takes text. */
export async function readKeyring(file: string): Promise<string> {
  const content = await readFile(file).catch(() => {
    throw usageError(`--keyring ${file} cannot be read`);
  });
  if (content.includes('-----BEGIN PGP')) return armoured(content);
  // RFC 9580 section 4.2: the first octet of a packet has its highest bit set.
  if (content.length === 0 || (content[0] as number) < 0x80) {
    throw usageError(
      `--keyring ${file} is no OpenPGP key ring`,
      'Make one: gpg --export --armor KEY > keys.asc',
    );
  }
  return armoured(content);
}
