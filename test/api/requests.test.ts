import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jsonDepth } from '../../api/limits.ts';
import { errorTable } from '../../model/index.ts';
import { machine } from './records.ts';
import { type RunningApi, runApi, startMs } from './running-api.ts';

let api: RunningApi;
beforeAll(async () => {
  api = await runApi();
  await api.store.machines.record(machine('m-1', { name: 'r1-u1' }));
}, startMs);
afterAll(() => api.stop());

describe('a request that cannot be used', () => {
  const deploy = '/v1/machines/r1-u1/deploy';
  test.each([
    ['an unknown field', { image: 'debian/12', wipe: true }, 'wipe: there is no such field'],
    [
      'an unknown field deep inside',
      { image: 'debian/12', layers: [{ layer: 'nginx', x: 1 }] },
      'layers.0.x: there is no such field',
    ],
    ['a missing field', {}, 'image: '],
    ['a wrong image', { image: '../etc' }, 'image: is no image name'],
    [
      'a kernel argument with a newline',
      { image: 'debian/12', kernelArguments: ['quiet\nboot'] },
      'kernelArguments.0: ',
    ],
    [
      'a kernel argument with an expansion',
      { image: 'debian/12', kernelArguments: ['a=${x}'] },
      'kernelArguments.0: ',
    ],
    [
      'an SSH key with options',
      { image: 'debian/12', sshKeys: ['command="x" ssh-ed25519 AAAA'] },
      'sshKeys.0: ',
    ],
    ['a wrong way in', { image: 'debian/12', enter: 'magic' }, 'enter: '],
  ])('%s is named', async (_what, body, detail) => {
    const { status, json, headers } = await api.call('POST', deploy, body);
    expect(status).toBe(400);
    expect(headers['content-type']).toBe('application/problem+json');
    expect(json).toMatchObject({
      code: 'REQUEST_INVALID',
      status: 400,
      cause: errorTable.REQUEST_INVALID.cause,
    });
    expect(json.detail).toContain(detail);
    expect(json.trace).toMatch(/^[0-9a-f]{16}$/);
  });

  test('an unknown field of the query is named', async () => {
    const { status, json } = await api.call('GET', '/v1/machines?limt=3');
    expect([status, json.detail]).toEqual([400, 'limt: there is no such field']);
  });

  test('malformed JSON', async () => {
    const { status, json } = await api.call('POST', deploy, '{"image":');
    expect([status, json.code]).toEqual([400, 'REQUEST_INVALID']);
  });

  test('a body that is not JSON', async () => {
    const headers = { authorization: `Bearer ${api.token}`, 'content-type': 'text/plain' };
    const { status, json } = await api.call('POST', deploy, 'image=debian/12', headers);
    expect([status, json.code]).toEqual([400, 'REQUEST_INVALID']);
  });

  test('a body at the limit passes, one byte more does not', async () => {
    const filled = (size: number): string => {
      const rest = JSON.stringify({ image: 'debian/12', x: '' }).length;
      return JSON.stringify({ image: 'debian/12', x: 'a'.repeat(size - rest) });
    };
    expect((await api.call('POST', deploy, filled(1024 * 1024))).json.detail).toContain(
      'x: there is no such field',
    );
    expect((await api.call('POST', deploy, filled(1024 * 1024 + 1))).json.detail).toContain('larger than');
  });

  test('JSON of 25 levels passes, 26 do not', async () => {
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    expect((await api.call('POST', deploy, nested(25))).json.detail).not.toContain('nested');
    expect((await api.call('POST', deploy, nested(26))).json.detail).toContain('nested deeper than 25');
  });

  test('brackets in strings are no depth', () => {
    expect(jsonDepth('{"a":"[[[[\\"[["}')).toBe(1);
  });
});

describe('what is not there', () => {
  test.each([
    '/v1/machines/none',
    '/v1/machines/r1-u1/inventory',
    '/v1/machines/r1-u1/boot',
    '/v1/operations/m-1/deploy/1',
    '/v1/subnets/none',
  ])('%s', async (path) => {
    const { status, json } = await api.call('GET', path);
    expect([status, json.code]).toEqual([404, 'NOT_FOUND']);
  });

  test('a name that two machines have', async () => {
    await api.store.machines.record(machine('m-2', { name: 'twin' }));
    await api.store.machines.record(machine('m-3', { name: 'twin' }));
    const { status, json } = await api.call('GET', '/v1/machines/twin');
    expect([status, json.code]).toEqual([409, 'NAME_AMBIGUOUS']);
    expect(json.detail).toContain('m-2, m-3');
  });

  test('control characters of a name do not come back', async () => {
    const { json } = await api.call('GET', `/v1/machines/${encodeURIComponent('x\x1b[31m\n')}`);
    expect(json.detail).toBe('there is no machine x?[31m?');
  });
});

describe('without Temporal', () => {
  test.each([
    ['POST', '/v1/machines/r1-u1/commission', undefined],
    ['POST', '/v1/machines/r1-u1/deploy', { image: 'debian/12' }],
    ['POST', '/v1/machines/r1-u1/deploy/plan', { image: 'debian/12' }],
    ['POST', '/v1/machines/r1-u1/release', undefined],
    ['POST', '/v1/machines/r1-u1/power', { action: 'on' }],
    ['POST', '/v1/machines/r1-u1/layers', { layer: 'nginx' }],
    ['DELETE', '/v1/machines/r1-u1/layers/nginx', undefined],
    ['PATCH', '/v1/machines/r1-u1', { name: 'r1-u2' }],
    ['GET', '/v1/images/sync/0123456789ab', undefined],
  ])('%s %s says so', async (method, path, body) => {
    const { status, json } = await api.call(method, path, body);
    expect([status, json.code]).toEqual([503, 'TEMPORAL_UNAVAILABLE']);
  });

  test('what is only read goes on', async () => {
    expect((await api.call('GET', '/v1/machines')).status).toBe(200);
  });

  test('health names what is not well', async () => {
    const { json } = await api.call('GET', '/v1/health');
    const bad = json.checks.filter((check: { ok: boolean }) => !check.ok);
    expect(json.ok).toBe(false);
    expect(bad.map(({ name }: { name: string }) => name)).toEqual(['temporal', 'images', 'subnets']);
    for (const { next } of bad) expect(next.length).toBeGreaterThan(0);
  });
});

test('a layer that is not in the catalogue', async () => {
  const { status, json } = await api.call('POST', '/v1/machines/r1-u1/layers', { layer: 'openstack' });
  expect([status, json.code]).toEqual([404, 'LAYER_NOT_FOUND']);
});

test('an error that nobody foresaw keeps its text to the log', async () => {
  const broken = await runApi({
    store: api.store,
    health: async () => {
      throw new Error('canary-51');
    },
    temporal: () => {
      throw new Error('canary-52');
    },
  });
  try {
    const { status, json, text } = await broken.call('POST', '/v1/machines/m-1/release');
    expect([status, json.code]).toEqual([500, 'INTERNAL']);
    expect(text).not.toContain('canary');
    expect(broken.log).toContainEqual(expect.objectContaining({ event: 'error', trace: json.trace }));
    expect((await broken.call('GET', '/v1/health')).text).not.toContain('canary');
  } finally {
    await broken.stop();
  }
});
