import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { CodedError } from '../model/index.ts';

/** Metadata of a sealed payload: what Temporal's own samples call it, so that its tools know it for what it is. */
const ENCODING = 'binary/encrypted';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals what workflows and activities say to each other before the Temporal server sees it (docs/security.md, rule 32).
 * AES-256-GCM with a random nonce for each payload: NIST SP 800-38D, 8.3, allows 2^32 of them under one key. The key is
 * derived from the store's, so that one file opens both and neither use weakens the other.
 * Payloads that are not sealed pass: histories from before there was a codec go on.
 * @param storeKey the 32 bytes of the store's key file.
 */
export function payloadCodec(storeKey: Uint8Array): PayloadCodec {
  const key = Buffer.from(hkdfSync('sha256', storeKey, '', 'rackwright temporal payloads', 32));
  const keyId = createHmac('sha256', key).update('key id').digest('hex').slice(0, 16);
  return {
    encode: async (payloads) => payloads.map((payload) => seal(payload, key, keyId)),
    decode: async (payloads) => payloads.map((payload) => unseal(payload, key, keyId)),
  };
}

function seal(payload: Payload, key: Buffer, keyId: string): Payload {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(keyId));
  const body = Buffer.concat([cipher.update(toBytes(payload)), cipher.final()]);
  return {
    metadata: { encoding: Buffer.from(ENCODING), 'encryption-key-id': Buffer.from(keyId) },
    data: Buffer.concat([nonce, body, cipher.getAuthTag()]),
  };
}

/** @throws CodedError TEMPORAL_KEY_WRONG */
function unseal(payload: Payload, key: Buffer, keyId: string): Payload {
  const { metadata, data } = payload;
  if (text(metadata?.encoding) !== ENCODING) return payload;
  const sealedWith = text(metadata?.['encryption-key-id']);
  if (sealedWith !== keyId || !data || data.length < NONCE_BYTES + TAG_BYTES) {
    throw new CodedError(
      'TEMPORAL_KEY_WRONG',
      `A payload is sealed with key ${sealedWith}, ours is ${keyId}.`,
    );
  }
  const decipher = createDecipheriv('aes-256-gcm', key, data.subarray(0, NONCE_BYTES));
  decipher.setAAD(Buffer.from(keyId));
  decipher.setAuthTag(data.subarray(data.length - TAG_BYTES));
  try {
    const body = data.subarray(NONCE_BYTES, data.length - TAG_BYTES);
    return fromBytes(Buffer.concat([decipher.update(body), decipher.final()]));
  } catch (error) {
    throw new CodedError('TEMPORAL_KEY_WRONG', 'A payload was changed after it was sealed.', {}, error);
  }
}

/** `length of the metadata, 4 bytes │ metadata as JSON, values in base64 │ data`. */
function toBytes({ metadata, data }: Payload): Buffer {
  const entries = Object.entries(metadata ?? {}).map(([name, value]) => [name, base64(value)]);
  const head = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  // Without data it is absent, or, as protobufjs decodes it, an empty array that is no Uint8Array.
  return Buffer.concat([length, head, Buffer.from(data ?? [])]);
}

function fromBytes(bytes: Buffer): Payload {
  const end = 4 + bytes.readUInt32BE(0);
  const head = JSON.parse(bytes.toString('utf8', 4, end)) as Record<string, string>;
  const entries = Object.entries(head).map(([name, value]) => [name, Buffer.from(value, 'base64')] as const);
  return { metadata: Object.fromEntries(entries), data: bytes.subarray(end) };
}

const base64 = (value: Uint8Array): string => Buffer.from(value).toString('base64');

function text(value: Uint8Array | null | undefined): string {
  return value ? Buffer.from(value).toString('utf8') : '';
}
