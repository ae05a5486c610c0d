import { readKeys } from 'openpgp';
import { type Shell, shell } from '../../remote/index.ts';
import { aptFetch } from './demands.ts';

/** Prints the file in base64. Nothing is left on the machine. */
export function keyFetch(url: string, packageProxy: string | undefined): Shell {
  return shell`draft=$(mktemp -d)
trap 'rm -rf "$draft"' EXIT
${aptFetch(packageProxy, url)} "$draft/key" >"$draft/said" 2>&1 || { grep -a '^E:' "$draft/said" | head -n 1 >&2; exit 1; }
base64 -w 0 "$draft/key"`;
}

/**
 * Fingerprints of the primary keys in a file, armoured or not, in capitals.
 * @throws Error when it is no OpenPGP key
 */
export async function fingerprintsOf(file: Uint8Array): Promise<readonly string[]> {
  const text = Buffer.from(file).toString('latin1');
  const keys = text.includes('-----BEGIN PGP PUBLIC KEY BLOCK-----')
    ? await readKeys({ armoredKeys: text })
    : await readKeys({ binaryKeys: file });
  return keys.map((key) => key.getFingerprint().toUpperCase());
}
