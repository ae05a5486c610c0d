import { createECDH, createPrivateKey, hkdfSync } from 'node:crypto';
import { Secret } from '../model/index.ts';
import { type KeyPair, string } from './key-pair.ts';

/** Order of the base point of P-256 (SP 800-186, section 3.2.1.3). */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/**
 * For sshd in FIPS mode, which takes no Ed25519 (ESXi has it on): ECDSA on P-256, always the same beside the same key of
 * ours, so that there is one key to keep. By HKDF (RFC 5869), made into a scalar with extra bits (FIPS 186-5, A.2.1).
 */
export function fipsKeyPair(privateKey: Secret): KeyPair {
  const body = privateKey.reveal().replaceAll(/-----[^-]*-----|\s/g, '');
  const bits = Buffer.from(hkdfSync('sha256', Buffer.from(body, 'base64'), '', 'rackwright ssh ecdsa', 40));
  const scalar = (BigInt(`0x${bits.toString('hex')}`) % (order - 1n)) + 1n;
  const d = Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex');
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(d);
  const point = curve.getPublicKey();
  const encoded = (bytes: Buffer) => bytes.toString('base64url');
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    d: encoded(d),
    x: encoded(point.subarray(1, 33)),
    y: encoded(point.subarray(33)),
  };
  const blob = Buffer.concat(['ecdsa-sha2-nistp256', 'nistp256', point].map(string));
  return {
    publicKey: `ecdsa-sha2-nistp256 ${blob.toString('base64')} rackwright`,
    privateKey: new Secret(
      createPrivateKey({ key: jwk, format: 'jwk' }).export({ format: 'pem', type: 'sec1' }).toString(),
    ),
  };
}
