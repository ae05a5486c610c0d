import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMessage, readCleartextMessage, readKey, readSignature, verify } from 'openpgp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { labSigner } from '../../lab/image/stream/signing-key.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rackwright-key-'));
});
afterEach(async () => rm(directory, { recursive: true }));

test('what is signed, either way, verifies with the public key', async () => {
  const signer = await labSigner(directory);
  const verificationKeys = await readKey({ binaryKey: signer.publicKey });
  const text = '{"a": 1}\n- dashed\n';
  const clear = await verify({
    message: await readCleartextMessage({ cleartextMessage: await signer.clear(text) }),
    verificationKeys,
    expectSigned: true,
  });
  expect(clear.data).toBe(text);
  const detached = await verify({
    message: await createMessage({ binary: Buffer.from(text) }),
    signature: await readSignature({ armoredSignature: await signer.detached(text) }),
    verificationKeys,
  });
  await expect(detached.signatures[0]?.verified).resolves.toBe(true);
});

test('the key is made once and nobody else may read it', async () => {
  const first = await labSigner(directory);
  const second = await labSigner(directory);
  expect(second.publicKey).toEqual(first.publicKey);
  expect((await stat(join(directory, 'signing-key.asc'))).mode & 0o777).toBe(0o600);
  expect(await readFile(join(directory, 'signing-key.asc'), 'utf8')).toContain('PRIVATE KEY');
});
