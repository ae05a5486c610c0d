import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { CodedError } from '../model/index.ts';

const algorithm = 'aes-256-gcm';
/** NIST SP 800-38D, 5.2.1.1: 96 bits, random; safe for 2^32 values a key (8.3). */
const nonceLength = 12;
const tagLength = 16;
/** Names the format, so that another one can stand beside it later. */
const format = 'v1.';

/** Encrypts a value for one place: moved to another record or field, it does not open. */
export function seal(key: Buffer, id: string, field: string, value: string): string {
  const nonce = randomBytes(nonceLength);
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagLength });
  cipher.setAAD(place(id, field));
  const sealed = Buffer.concat([nonce, cipher.update(value, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return format + sealed.toString('base64');
}

export function unseal(key: Buffer, id: string, field: string, text: string): string {
  try {
    if (!text.startsWith(format)) throw new TypeError('unknown format');
    const sealed = Buffer.from(text.slice(format.length), 'base64');
    const nonce = sealed.subarray(0, nonceLength);
    const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagLength });
    decipher.setAAD(place(id, field));
    decipher.setAuthTag(sealed.subarray(sealed.length - tagLength));
    const value = decipher.update(sealed.subarray(nonceLength, sealed.length - tagLength));
    return Buffer.concat([value, decipher.final()]).toString('utf8');
  } catch (error) {
    throw new CodedError(
      'INTERNAL',
      `The secret ${id} (${field}) was changed in the store.`,
      { id, field },
      error,
    );
  }
}

/** Unambiguous, whatever the two hold. */
function place(id: string, field: string): Buffer {
  return Buffer.from(JSON.stringify([id, field]), 'utf8');
}
