import { createHash } from 'node:crypto';
import { CodedError } from '../model/index.ts';

export const keyTypes = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
] as const;
export type KeyType = (typeof keyTypes)[number];

export interface PublicKey {
  readonly type: KeyType;
  /** The wire form of RFC 4253, section 6.6: what a server shows and what fingerprints are made of. */
  readonly blob: Uint8Array;
  /** `SHA256:…`, as OpenSSH prints it. */
  readonly fingerprint: string;
  /** `type base64`, without options and comment. */
  readonly line: string;
}

/**
 * One line of OpenSSH public key text: `type base64 [comment]`. Undefined for anything else: options before the
 * type, several lines, types we do not speak, RSA below 2048 bits, base64 that says another type than the line.
 */
export function parsePublicKey(text: string): PublicKey | undefined {
  // A comment is dropped, yet a control character in it means that this is not the one line it claims to be.
  const match = /^([a-z0-9-]+) ([A-Za-z0-9+/]+={0,2})(?: [^\x00-\x1f\x7f]*)?$/.exec(text);
  const type = keyTypes.find((candidate) => candidate === match?.[1]);
  const base64 = match?.[2];
  if (type === undefined || base64 === undefined || base64.length > 4096) return undefined;
  const blob = Buffer.from(base64, 'base64');
  if (blob.toString('base64') !== base64 || !wellFormed(type, fieldsOf(blob))) return undefined;
  return { type, blob, fingerprint: fingerprintOfBlob(blob), line: `${type} ${base64}` };
}

/** @throws CodedError REQUEST_INVALID when the line is no public key. */
export function fingerprint(line: string): string {
  const key = parsePublicKey(line);
  if (!key) throw new CodedError('REQUEST_INVALID', 'This is not one line of an OpenSSH public key.');
  return key.fingerprint;
}

export function fingerprintOfBlob(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replaceAll('=', '')}`;
}

/** RFC 4251, section 5: `string` and `mpint` are a 32-bit length and that many bytes. */
function fieldsOf(blob: Buffer): readonly Buffer[] | undefined {
  const fields: Buffer[] = [];
  for (let at = 0; at < blob.length; ) {
    if (at + 4 > blob.length) return undefined;
    const end = at + 4 + blob.readUInt32BE(at);
    if (end > blob.length) return undefined;
    fields.push(blob.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

function wellFormed(type: KeyType, fields: readonly Buffer[] | undefined): boolean {
  const [name, second, third, ...rest] = fields ?? [];
  if (name?.toString('latin1') !== type || second === undefined || rest.length > 0) return false;
  switch (type) {
    case 'ssh-ed25519': // RFC 8709, section 4
      return second.length === 32 && third === undefined;
    case 'ssh-rsa': // e, then n with a leading zero byte
      return second.length >= 1 && third !== undefined && third.length >= 257 && third.length <= 1025;
    case 'ecdsa-sha2-nistp256': // RFC 5656, section 3.1: curve, then an uncompressed point
    case 'ecdsa-sha2-nistp384':
    case 'ecdsa-sha2-nistp521': {
      const curve = type.slice('ecdsa-sha2-'.length);
      const points: Readonly<Record<string, number>> = { nistp256: 65, nistp384: 97, nistp521: 133 };
      return second.toString('latin1') === curve && third?.length === points[curve] && third?.[0] === 4;
    }
  }
}
