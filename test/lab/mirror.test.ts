import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFaults } from '../../lab/mirror/faults.ts';
import { startMirror, type TestMirror } from '../fixtures/mirror.ts';

const URL_OF = 'https://download.example/a/b.tar';
let mirror: TestMirror;
beforeEach(async () => {
  mirror = await startMirror('127.0.0.1');
});
afterEach(() => mirror.close());

const get = async (path: string, init?: RequestInit) => fetch(`${mirror.url}${path}`, init);

test('a file is where layers look for it, as soon as it is put there, and what is heard is kept', async () => {
  expect((await get('/download.example/a/b.tar')).status).toBe(404);
  const sum = await mirror.file(URL_OF, 'hello');
  const answer = await get('/download.example/a/b.tar');
  expect(await answer.text()).toBe('hello');
  expect(sum).toBe('2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824');
  await mirror.file(URL_OF, 'another');
  expect(await (await get('/download.example/a/b.tar')).text()).toBe('another');
  expect(mirror.heard).toEqual(Array.from({ length: 3 }, () => 'GET /download.example/a/b.tar'));
});

test('nothing beside its tree is served', async () => {
  expect((await get('/%2e%2e/signing-key.asc')).status).toBe(404);
});

test('it is not there for as often as it was ordered, and is right again after', async () => {
  await mirror.file(URL_OF, 'hello');
  mirror.faults.order('/download.example/a/b.tar', { kind: 'unavailable', times: 2 });
  expect((await get('/download.example/a/b.tar', { method: 'HEAD' })).status).toBe(200);
  expect((await get('/download.example/a/b.tar')).status).toBe(503);
  expect((await get('/download.example/a/b.tar')).status).toBe(503);
  expect((await get('/download.example/a/b.tar')).status).toBe(200);
});

test('a cut download promises its whole length and breaks off', async () => {
  await mirror.file(URL_OF, 'x'.repeat(20_000));
  mirror.faults.order('/download.example/a/b.tar', { kind: 'cut', afterBytes: 5_000, times: 1 });
  const cut = await get('/download.example/a/b.tar').then(
    (answer) => ({ length: answer.headers.get('content-length'), body: answer.text() }),
    () => ({ length: '20000', body: Promise.reject(new Error('broken before the body')) }),
  );
  expect(cut.length).toBe('20000');
  await expect(cut.body).rejects.toThrow();
  expect(await (await get('/download.example/a/b.tar')).text()).toHaveLength(20_000);
});

test('an altered download has its length, and is another', async () => {
  await mirror.file(URL_OF, 'hello');
  mirror.faults.order('/download.example/a/b.tar', { kind: 'altered', times: 1 });
  expect(await (await get('/download.example/a/b.tar')).text()).toBe('iello');
});

test('a slow one takes its time', async () => {
  await mirror.file(URL_OF, 'x'.repeat(1_000));
  mirror.faults.order('/download.example/a/b.tar', { kind: 'slow', bytesPerSecond: 5_000, times: 1 });
  const began = performance.now();
  expect(await (await get('/download.example/a/b.tar')).text()).toHaveLength(1_000);
  expect(performance.now() - began).toBeGreaterThan(190);
});

test('a new order takes the place of the one before', () => {
  const faults = createFaults();
  faults.order('/a', { kind: 'altered', times: 1 });
  faults.order('/a', { kind: 'unavailable', times: 1 });
  expect(faults.take('/b')).toBeUndefined();
  expect(faults.take('/a')).toMatchObject({ kind: 'unavailable' });
  expect(faults.take('/a')).toBeUndefined();
});
