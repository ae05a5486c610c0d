import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { Secret } from '../model/index.ts';

export interface KeyPair {
  /** For authorized_keys. */
  readonly publicKey: string;
  readonly privateKey: Secret;
}

/**
 * Ours, for logging in to machines: Ed25519 in OpenSSH's own format. Not by ssh2's `generateKeyPairSync`: of 3,000 of
 * its Ed25519 keys (1.17.0) 13 were malformed, one in 256: it cuts leading zeros.
 */
export function generateKeyPair(comment: string): KeyPair {
  if (!/^[\w@.-]*$/.test(comment))
    throw new RangeError('a key comment is made of letters, digits and @ . _ -');
  const { x = '', d = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const point = Buffer.from(x, 'base64url');
  const seed = Buffer.from(d, 'base64url');
  const publicBlob = Buffer.concat([string('ssh-ed25519'), string(point)]);
  const check = randomBytes(4);
  const privateFields = Buffer.concat([
    check,
    check,
    publicBlob,
    string(Buffer.concat([seed, point])),
    string(comment),
  ]);
  const padding = Uint8Array.from({ length: (8 - (privateFields.length % 8)) % 8 }, (_, index) => index + 1);
  // OpenSSH, PROTOCOL.key: magic, cipher, kdf, kdf options, number of keys, public key, private keys
  const file = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    string('none'),
    string('none'),
    string(''),
    Buffer.of(0, 0, 0, 1),
    string(publicBlob),
    string(Buffer.concat([privateFields, padding])),
  ]);
  const body = file.toString('base64').replaceAll(/.{70}(?=.)/g, '$&\n');
  return {
    publicKey: `ssh-ed25519 ${publicBlob.toString('base64')} ${comment}`.trim(),
    privateKey: new Secret(
      `-----BEGIN OPENSSH PRIVATE KEY-----\n${body}\n-----END OPENSSH PRIVATE KEY-----\n`,
    ),
  };
}

/** RFC 4251, section 5. */
export function string(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
