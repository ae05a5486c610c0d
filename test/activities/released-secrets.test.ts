import { expect, test } from 'vitest';
import { forgetSecretsOfLayers } from '../../activities/layer-secrets.ts';
import { layerSecretId, Secret } from '../../model/index.ts';
import { ipv4 } from '../../net/index.ts';
import type { Store } from '../../store/index.ts';
import { ownStore } from '../store/fixtures/own-store.ts';
import { machine } from '../store/records.ts';

let store: Store;
ownStore((made) => {
  store = made;
});

test('secrets of layers end with the machine that kept them, but for those that another machine still goes by', async () => {
  const cloud = {
    name: 'openstack',
    version: '1',
    since: '2026-11-29T10:00:00.000Z',
    role: 'compute',
    members: [
      { machineId: 'm-2', name: 'r1-u2', address: ipv4('10.78.0.2'), role: 'compute' },
      { machineId: 'm-1', name: 'r1-u1', address: ipv4('10.78.0.1'), role: 'controller' },
    ],
  };
  await store.machines.record(machine('m-1'));
  await store.machines.record(machine('m-2', { layers: [cloud] }));
  const ids = {
    own: layerSecretId('m-1', 'owncloud'),
    shared: layerSecretId('m-1', 'openstack'),
    other: layerSecretId('m-11', 'owncloud'),
    power: 'power/m-1',
  };
  for (const id of Object.values(ids)) await store.secrets.put(id, 'admin', new Secret('hunter2'));
  const kept = async () => {
    const values = await Promise.all(Object.values(ids).map((id) => store.secrets.get(id, 'admin')));
    return Object.keys(ids).filter((_, index) => values[index] !== undefined);
  };

  await forgetSecretsOfLayers(store, 'm-1');
  expect(await kept()).toEqual(['shared', 'other', 'power']);
  await store.machines.record(machine('m-2', { version: 2 }));
  for (let round = 0; round < 2; round += 1) await forgetSecretsOfLayers(store, 'm-1');
  expect(await kept()).toEqual(['other', 'power']);
});
