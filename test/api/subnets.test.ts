import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningApi, runApi, startMs } from './running-api.ts';

let api: RunningApi;
beforeAll(async () => {
  api = await runApi();
}, startMs);
afterAll(() => api.stop());

const good = {
  cidr: '10.78.0.0/24',
  serverAddress: '10.78.0.1',
  gateway: '10.78.0.254',
  dns: ['10.78.0.254'],
  dynamic: { first: '10.78.0.100', last: '10.78.0.199' },
  static: { first: '10.78.0.10', last: '10.78.0.99' },
  discovery: 'on',
  ephemeralImage: 'debian/12',
};

test('what was put is what is served', async () => {
  const put = await api.call('PUT', '/v1/subnets/rack1', good);
  expect(put.status).toBe(200);
  expect(put.json).toEqual({ name: 'rack1', site: 'lab', ...good });
  expect((await api.call('GET', '/v1/subnets/rack1')).json).toEqual(put.json);
  expect((await api.call('GET', '/v1/subnets')).json.items).toEqual([put.json]);
  expect((await api.call('PUT', '/v1/subnets/rack1', good)).status).toBe(200);
});

describe('what does not fit together is refused and named', () => {
  test.each([
    ['cidr', { cidr: '10.78.0.1/24' }],
    ['cidr', { cidr: '10.78.0.0/31' }],
    ['serverAddress', { serverAddress: '10.79.0.1' }],
    ['serverAddress', { serverAddress: '10.78.0.0' }],
    ['serverAddress', { serverAddress: '10.78.0.01' }],
    ['gateway', { gateway: '10.79.0.1' }],
    ['gateway', { gateway: '10.78.0.255' }],
    ['dynamic.last', { dynamic: { first: '10.78.0.199', last: '10.78.0.100' } }],
    ['dynamic.first', { dynamic: { first: '10.79.0.1', last: '10.78.0.199' } }],
    ['dynamic.last', { dynamic: { first: '10.78.0.100', last: '10.78.0.255' } }],
    ['dynamic.last', { dynamic: { first: '10.78.0.100', last: 'x' } }],
    ['static', { static: { first: '10.78.0.50', last: '10.78.0.100' } }],
    ['static', { static: { first: '10.78.0.150', last: '10.78.0.160' } }],
    ['static', { static: { first: '10.78.0.1', last: '10.78.0.9' } }],
    ['dynamic', { dynamic: { first: '10.78.0.200', last: '10.78.0.254' } }],
    ['ephemeralImage', { ephemeralImage: 'debian' }],
    ['packageProxy', { packageProxy: 'file:///etc/passwd' }],
    ['dns.0', { dns: ['nowhere'] }],
    ['discovery', { discovery: 'maybe' }],
    ['site', { site: 'other' }],
  ])('%s of %j', async (field, change) => {
    const { status, json } = await api.call('PUT', '/v1/subnets/rack9', { ...good, ...change });
    expect([status, json.code, json.details?.field]).toEqual([400, 'REQUEST_INVALID', field]);
    expect((await api.call('GET', '/v1/subnets/rack9')).status).toBe(404);
  });

  test('a network that overlaps another one', async () => {
    await api.call('PUT', '/v1/subnets/rack1', good);
    const { json } = await api.call('PUT', '/v1/subnets/rack2', { ...good, cidr: '10.78.0.0/16' });
    expect(json.detail).toContain('overlaps 10.78.0.0/24 of subnet rack1');
  });
});
