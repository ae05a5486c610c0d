import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createMessage, enums, readSignature, type SignaturePacket, verify } from 'openpgp';
import { CodedError, codeOf } from '../model/index.ts';
import { clockSkewMs, keysOf, nameOf, readKeyring, why } from './signature.ts';

/**
 * Who signed this file: user id and fingerprint of a key of the ring. The file is read once a signature, piece by piece.
 * @throws CodedError IMAGE_SIGNATURE_INVALID
 */
export async function signerOf(
  path: string,
  given: { readonly signature: string; readonly keyring: string },
  { now, signal }: { readonly now: Date; readonly signal: AbortSignal },
): Promise<string> {
  try {
    const trusted = await keysOf(await readKeyring(Buffer.from(given.keyring)), now);
    const signature = await readSignature({ armoredSignature: given.signature });
    for (const packet of signature.packets) {
      // openpgp holds a whole file in memory to hash it; given the digest, it does the rest (version 6.3).
      (packet as { hashed?: Promise<Uint8Array> }).hashed = Promise.resolve(
        await digestOf(path, packet, signal),
      );
    }
    const result = await verify({
      message: await createMessage({ binary: new Uint8Array() }),
      signature,
      verificationKeys: [...trusted],
      date: new Date(now.getTime() + clockSkewMs),
      format: 'binary',
    });
    const keyID = await Promise.any(
      result.signatures.map(async ({ keyID, verified }) => verified.then(() => keyID)),
    );
    return await nameOf(keyID, trusted);
  } catch (error) {
    signal.throwIfAborted();
    const { message } = error as Error;
    const reason = codeOf(error) ? message : `The signature does not fit the file (${why(error)}).`;
    throw new CodedError('IMAGE_SIGNATURE_INVALID', reason, { field: 'signature' }, error);
  }
}

const hashNames: Readonly<Partial<Record<enums.hash, string>>> = {
  [enums.hash.sha256]: 'sha256',
  [enums.hash.sha384]: 'sha384',
  [enums.hash.sha512]: 'sha512',
  [enums.hash.sha3_256]: 'sha3-256',
  [enums.hash.sha3_512]: 'sha3-512',
};

/** RFC 9580, section 5.2.4: salt (of version 6), document, hashed part of the signature, trailer. */
async function digestOf(path: string, packet: SignaturePacket, signal: AbortSignal): Promise<Uint8Array> {
  const { version, signatureType, hashAlgorithm, signatureData, salt } = packet as SignaturePacket & {
    readonly version: number;
    readonly salt?: Uint8Array | null;
  };
  const hashName = hashNames[hashAlgorithm as enums.hash];
  if (hashName === undefined) throw new Error('it is made with a hash that nobody should trust');
  if (signatureType !== enums.signature.binary) throw new Error('it signs a text, not a file');
  if (!signatureData || (version !== 4 && version !== 6)) throw new Error(`it is of version ${version}`);
  const hash = createHash(hashName);
  if (version === 6) hash.update(salt ?? new Uint8Array());
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) {
    signal.throwIfAborted();
    hash.update(chunk as Buffer);
  }
  const trailer = Buffer.from([version, 0xff, 0, 0, 0, 0]);
  trailer.writeUInt32BE(signatureData.length, 2);
  return hash.update(signatureData).update(trailer).digest();
}
