import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publicKeys } from '../fixtures/ssh-public-keys.ts';
import { type RunningApi, runApi, startMs } from './running-api.ts';

let api: RunningApi;
beforeAll(async () => {
  api = await runApi();
}, startMs);
afterAll(() => api.stop());

const key = publicKeys[0]?.line ?? '';
const good = { name: 'web1', address: '10.0.0.5', hostKeys: [`${key} root@web1`], site: 'hall-2' };

describe('what cannot be adopted is refused and named', () => {
  test.each([
    ['name', { name: 'Web 1' }],
    ['name', { name: undefined }],
    ['address', { address: 'web1.example' }],
    ['address', { address: '127.0.0.1' }],
    ['address', { address: '0.0.0.0' }],
    ['address', { address: '224.0.0.1' }],
    ['address', { address: '255.255.255.255' }],
    ['address', { address: undefined }],
    ['hostKeys', { hostKeys: [] }],
    ['hostKeys', { hostKeys: undefined }],
    ['hostKeys', { hostKeys: Array.from({ length: 17 }, () => key) }],
    ['hostKeys.0', { hostKeys: [`10.0.0.5 ${key}`] }],
    ['hostKeys.1', { hostKeys: [key, `${key}\n${key}`] }],
    ['hostKeys.0', { hostKeys: [`command="x" ${key}`] }],
    ['site', { site: 'site/x' }],
    ['trust', { trust: 'first use' }],
  ])('%s of %j', async (field, change) => {
    const { status, json } = await api.call('POST', '/v1/machines', { ...good, ...change });
    expect([status, json.code, json.details?.field]).toEqual([400, 'REQUEST_INVALID', field]);
  });
});

test('what can be is asked of Temporal, which is not there', async () => {
  const { status, json } = await api.call('POST', '/v1/machines', good);
  expect([status, json.code]).toEqual([503, 'TEMPORAL_UNAVAILABLE']);
});

describe('our own key', () => {
  test('a process that has none says so', async () => {
    expect((await api.call('GET', '/v1/ssh-key')).status).toBe(404);
  });
  test('is told as a line', async () => {
    const other = await runApi({ store: api.store, sshKey: key });
    try {
      expect((await other.call('GET', '/v1/ssh-key')).json).toEqual({ publicKey: key });
    } finally {
      await other.stop();
    }
  });
});
