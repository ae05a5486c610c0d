import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Image } from '../../model/index.ts';
import { image, machine } from './records.ts';
import { type RunningApi, runApi, startMs } from './running-api.ts';

let api: RunningApi;
const kept = new Set<string>();
let puts = 0;
beforeAll(async () => {
  api = await runApi();
  await api.store.machines.record(machine('m-1', { name: 'r1-u1' }));
  const { secrets } = api.store;
  const [put, forget] = [secrets.put.bind(secrets), secrets.delete.bind(secrets)];
  Object.assign(secrets, {
    put: async (...args: Parameters<typeof put>) => {
      puts += 1;
      kept.add(args[0]);
      await put(...args);
    },
    delete: async (id: string) => {
      kept.delete(id);
      await forget(id);
    },
  });
}, startMs);
afterAll(() => api.stop());

const deploy = '/v1/machines/r1-u1/deploy';
const hash = `$6$saltsalt$${'x'.repeat(86)}`;

test.each([
  ['an unknown field of the network', { network: { teams: [] } }, 'network.teams: there is no such field'],
  [
    'an unknown field of a bond',
    { network: { bonds: [{ name: 'b', interfaces: ['x'], mode: '802.3ad', lacp: 1 }] } },
    'network.bonds.0.lacp',
  ],
  [
    'a mode that is none',
    { network: { bonds: [{ name: 'b', interfaces: ['x'], mode: 'lacp' }] } },
    'network.bonds.0.mode',
  ],
  ['VLAN 4095', { network: { vlans: [{ name: 'v', id: 4095, link: 'x' }] } }, 'network.vlans.0.id'],
  ['frames of no size', { network: { interfaces: [{ card: 'x', mtu: 0 }] } }, 'network.interfaces.0.mtu'],
  ['an unknown field of the system', { system: { locale: 'C' } }, 'system.locale: there is no such field'],
  ['user-data of no kind', { system: { userData: 'hunter2' } }, 'system.userData: is of no known kind'],
  [
    'a password in clear',
    { system: { users: [{ name: 'anna', passwordHash: 'hunter2' }] } },
    'system.users.0.passwordHash: must be a hash',
  ],
  [
    'a secret of somebody else',
    { system: { secretId: 'power/m-1' } },
    'system.secretId: there is no such field',
  ],
  ['ephemeral: false, which would be nothing', { ephemeral: false }, 'ephemeral: '],
])('%s is refused with its path, and nothing is kept', async (_, part, detail) => {
  for (const path of [deploy, `${deploy}/plan`]) {
    const { status, json, text } = await api.call('POST', path, { image: 'debian/12', ...part });
    expect([status, json.code]).toEqual([400, 'REQUEST_INVALID']);
    expect(json.detail).toContain(detail);
    expect(text).not.toContain('hunter2');
  }
  expect(kept).toEqual(new Set());
});

test('a tar is refused before anything is kept or asked: its field, and what to do instead', async () => {
  const { 'boot-kernel': _kernel, 'boot-initrd': _initrd, squashfs } = image.files;
  const tar: Image = {
    ...image,
    name: 'mine/1',
    os: 'mine',
    version: '1',
    files: { tar: { ...squashfs, compression: 'zstd' } },
    stream: 'import',
  };
  await api.store.images.put(tar);
  const body = { image: 'mine/1', system: { userData: '#!/bin/sh\n' } };
  const before = puts;
  for (const path of [deploy, `${deploy}/plan`]) {
    const { status, json } = await api.call('POST', path, body);
    expect([status, json.code]).toEqual([400, 'REQUEST_INVALID']);
    expect(json.detail).toMatch(/^image: mine\/1 is a tar archive, .*squashfs/);
  }
  expect(puts).toBe(before);
});

test('secrets of a request that nobody takes are forgotten, and a look at a plan keeps none', async () => {
  const body = {
    image: 'debian/12',
    system: { userData: '#!/bin/sh\n', users: [{ name: 'anna', passwordHash: hash }] },
  };
  const before = puts;
  // There is no Temporal here that could take it.
  expect((await api.call('POST', `${deploy}/plan`, body)).json.code).toBe('TEMPORAL_UNAVAILABLE');
  expect(puts).toBe(before);
  expect((await api.call('POST', deploy, body)).json.code).toBe('TEMPORAL_UNAVAILABLE');
  expect(puts).toBe(before + 1);
  expect(kept).toEqual(new Set());
});
