import type { PrivateKey } from 'openpgp';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Keyring, readKeyring } from '../../image/index.ts';
import { verifiedText } from '../../image/signature.ts';
import { clearSigned, signingKey } from '../fixtures/stream.ts';

const verified = async (...given: Parameters<typeof verifiedText>) => (await verifiedText(...given)).text;
const text = `${JSON.stringify({ format: 'index:1.0', list: ['- dash', 'é', 'x'.repeat(200)] }, undefined, 1)}\n- a line with a dash`;
const now = new Date();
const invalid = { code: 'STREAM_SIGNATURE_INVALID' };
const ringOf = async (...keys: PrivateKey[]): Promise<Keyring> =>
  (await Promise.all(keys.map((key) => readKeyring(key.toPublic().write())))).flat();

let key: PrivateKey;
let ring: Keyring;
let signed: string;
beforeAll(async () => {
  key = await signingKey();
  ring = await ringOf(key);
  signed = (await clearSigned(text, key)).toString('utf8');
});

describe('a key ring', () => {
  test('is read binary and armoured, with several keys', async () => {
    const other = await signingKey();
    const binary = Buffer.concat([key.toPublic().write(), other.toPublic().write()]);
    expect(await readKeyring(binary)).toHaveLength(2);
    const armoured = await readKeyring(Buffer.from(key.toPublic().armor()));
    expect(armoured[0]?.getFingerprint()).toBe(key.getFingerprint());
  });

  test.each([
    ['is empty', Buffer.alloc(0)],
    ['is no key ring', Buffer.from('hello')],
    ['is damaged', Buffer.from('-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxx\n')],
  ])('that %s is refused', async (_, bytes) => {
    await expect(readKeyring(bytes)).rejects.toMatchObject(invalid);
  });
});

describe('a clear-signed document', () => {
  test('gives the text under the signature', async () => {
    expect(await verified(signed, ring, now)).toBe(text);
  });

  test('may come with the line ends of another system', async () => {
    expect(await verified(signed.replaceAll('\n', '\r\n'), ring, now)).toBe(text);
  });

  test('gives nothing of what stands before and after', async () => {
    const wrapped = `{"evil":1}\n${signed}\n{"evil":2}\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n{"evil":3}\n`;
    expect(await verified(wrapped, ring, now).catch(() => text)).toBe(text);
  });

  test('with another text spliced in is refused', async () => {
    const evil = await clearSigned('{"evil":1}', await signingKey());
    const marker = '-----BEGIN PGP SIGNATURE-----';
    const spliced = evil.toString('utf8').split(marker)[0] + marker + signed.split(marker)[1];
    await expect(verified(spliced, ring, now)).rejects.toMatchObject(invalid);
  });

  test.each([
    ['unsigned', text],
    ['empty', ''],
    ['an error page', '<html>502</html>'],
  ])('that is %s is refused', async (_, document) => {
    await expect(verified(document, ring, now)).rejects.toMatchObject(invalid);
  });

  test('of another key is refused', async () => {
    const other = await clearSigned(text, await signingKey());
    await expect(verified(other.toString('utf8'), ring, now)).rejects.toMatchObject(invalid);
  });

  test('of a key that has expired is refused, though it was signed before', async () => {
    const made = new Date(now.getTime() - 10 * 86_400_000);
    const old = await signingKey({ date: made, keyExpirationTime: 5 * 86_400 });
    const document = (await clearSigned(text, old, new Date(made.getTime() + 86_400_000))).toString('utf8');
    const oldRing = await ringOf(old);
    expect(await verified(document, oldRing, new Date(made.getTime() + 2 * 86_400_000))).toBe(text);
    await expect(verified(document, oldRing, now)).rejects.toMatchObject(invalid);
    await expect(verified(document, [...oldRing, ...ring], now)).rejects.toMatchObject(invalid);
  });

  test('with one byte of its text changed at 100 places is refused each time', async () => {
    const start = signed.indexOf('\n\n') + 2;
    const end = signed.indexOf('\n-----BEGIN PGP SIGNATURE-----');
    let refused = 0;
    for (let index = 0; index < 100; index += 1) {
      const offset = start + Math.floor((index * (end - start)) / 100);
      const code = signed.charCodeAt(offset);
      const flipped = signed.slice(0, offset) + String.fromCharCode(code ^ 1) + signed.slice(offset + 1);
      await expect(verified(flipped, ring, now), `offset ${offset}`).rejects.toMatchObject(invalid);
      refused += 1;
    }
    expect(refused).toBe(100);
  });

  test('with a byte changed anywhere is refused or gives the same text', async () => {
    for (let offset = 0; offset < signed.length; offset += 5) {
      const code = signed.charCodeAt(offset);
      const flipped = signed.slice(0, offset) + String.fromCharCode(code ^ 1) + signed.slice(offset + 1);
      const given = await verified(flipped, ring, now).catch((error: { code: string }) => error.code);
      expect([text, 'STREAM_SIGNATURE_INVALID'], `offset ${offset}`).toContain(given);
    }
  });
});
