import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createCleartextMessage,
  createMessage,
  generateKey,
  type PrivateKey,
  readPrivateKey,
  sign,
} from 'openpgp';

export interface Signer {
  /** Binary, as gpgv(1) wants it. */
  readonly publicKey: Uint8Array;
  clear(text: string): Promise<string>;
  detached(text: string): Promise<string>;
}

/** The lab's own key: made once, kept beside the stream, worth nothing outside of this machine. */
export async function labSigner(directory: string): Promise<Signer> {
  const file = join(directory, 'signing-key.asc');
  const existing = await readFile(file, 'utf8').catch(() => undefined);
  const armored = existing ?? (await makeKey(file));
  return signer(await readPrivateKey({ armoredKey: armored }));
}

async function makeKey(file: string): Promise<string> {
  const { privateKey } = await generateKey({
    // The form that gpgv 2.2 knows; RFC 9580's own Ed25519 (type curve25519) it does not.
    type: 'ecc',
    curve: 'ed25519Legacy',
    userIDs: [{ name: 'Rackwright lab image signing key' }],
    format: 'armored',
  });
  // Renamed into place so that a crash leaves no half of a key.
  await writeFile(`${file}.new`, privateKey, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return privateKey;
}

function signer(key: PrivateKey): Signer {
  return {
    publicKey: key.toPublic().write(),
    clear: async (text) => sign({ message: await createCleartextMessage({ text }), signingKeys: key }),
    detached: async (text) =>
      sign({ message: await createMessage({ binary: Buffer.from(text) }), signingKeys: key, detached: true }),
  };
}
