import { type KeyID, type PublicKey, readCleartextMessage, readKeys, verify } from 'openpgp';
import { CodedError } from '../model/index.ts';

/** The keys that a stream may be signed with. */
export type Keyring = readonly PublicKey[];

/** Reads a key ring as gpg writes it: binary, or ASCII-armoured (RFC 9580, 6.2). */
export async function readKeyring(bytes: Uint8Array): Promise<Keyring> {
  const text = Buffer.from(bytes).toString('latin1');
  try {
    const keys = text.trimStart().startsWith('-----BEGIN ')
      ? await readKeys({ armoredKeys: text })
      : await readKeys({ binaryKeys: bytes });
    if (keys.length > 0) return keys.map((key) => key.toPublic());
  } catch (error) {
    throw refused('The key ring cannot be read.', error);
  }
  throw refused('The key ring holds no key.');
}

/** A stream may have been signed a moment ago by a host whose clock is ahead of ours. */
export const clockSkewMs = 5 * 60_000;

export interface Signed {
  readonly text: string;
  /** `Ubuntu Cloud Image Builder <…> (D2EB…)` */
  readonly signedBy: string;
}

/**
 * The text that is under the signature, and nothing else: what stands outside of it in `document` is not returned, so
 * nobody can append to a stream (CVE-2023-41037 was this mistake).
 * @throws CodedError STREAM_SIGNATURE_INVALID
 */
export async function verifiedText(document: string, keyring: Keyring, now: Date): Promise<Signed> {
  const trusted = await keysOf(keyring, now);
  try {
    const message = await readCleartextMessage({ cleartextMessage: document });
    const date = new Date(now.getTime() + clockSkewMs);
    const result = await verify({ message, verificationKeys: [...trusted], date });
    // Ubuntu signs with two keys at times of change: one that we trust is enough.
    const keyID = await Promise.any(
      result.signatures.map(async ({ keyID, verified }) => verified.then(() => keyID)),
    );
    return { text: result.data, signedBy: await nameOf(keyID, trusted) };
  } catch (error) {
    throw refused(
      `The signature is missing, broken, or of a key that is not in the key ring (${why(error)}).`,
      error,
    );
  }
}

/** A key that has expired or was revoked signs nothing any more, whenever it says that it signed. */
export async function keysOf(keyring: Keyring, now: Date): Promise<Keyring> {
  const usable = await Promise.all(
    keyring.map(async (key) => {
      const expires = await key.getExpirationTime().catch(() => null);
      // Infinity: never; null: openpgp finds no valid user id, so the key is good for nothing.
      if (expires === null || expires <= now) return [];
      return (await key.isRevoked(undefined, undefined, now)) ? [] : [key];
    }),
  );
  const keys = usable.flat();
  if (keys.length === 0) throw refused('Every key of the key ring has expired or was revoked.');
  return keys;
}

/** User id and fingerprint of the key, for people. */
export async function nameOf(keyID: KeyID, keyring: Keyring): Promise<string> {
  const key = keyring.find((candidate) => candidate.getKeys(keyID).length > 0);
  if (!key) return keyID.toHex().toUpperCase();
  const { user } = await key.getPrimaryUser();
  return `${user.userID?.userID ?? 'unnamed'} (${key.getFingerprint().toUpperCase()})`;
}

/** What openpgp says of each signature; with one key that is the reason, with more one line each. */
export function why(error: unknown): string {
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  return errors.map((each) => (each instanceof Error ? each.message : String(each))).join('; ');
}

function refused(message: string, cause?: unknown): CodedError {
  return new CodedError('STREAM_SIGNATURE_INVALID', message, {}, cause);
}
