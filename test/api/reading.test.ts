import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { machineViewSchema, bootViewSchema } from '../../api/schemas/machine.ts';
import { operationViewSchema } from '../../api/schemas/operation.ts';
import { eventSchema } from '../../api/schemas/answers.ts';
import { usedImageSchema } from '../../api/schemas/images.ts';
import { ipv4 } from '../../net/index.ts';
import { boot, hostKey, image, inventory, machine, operation } from './records.ts';
import { type RunningApi, runApi, startMs } from './running-api.ts';

const at = '2026-11-22T10:00:00.000Z';
let api: RunningApi;
beforeAll(async () => {
  api = await runApi();
  const { store } = api;
  await store.machines.record(
    machine('m-1', { name: 'r1-u1', state: 'Commissioning', operationId: 'm-1/commission/1' }),
  );
  await store.operations.record(operation('m-1/commission/1'));
  await store.operations.appendLog('m-1/commission/1', 'power on', [
    { offset: 10, line: 'first' },
    { offset: 20, line: 'second' },
  ]);
  await store.inventories.add('m-1', 'm-1/commission/1', inventory, new Date(at));
  await store.boots.open(boot('b-1', 'm-1'));
  await store.boots.sign('b-1', 'power', new Date(at));
  await store.boots.sign('b-1', 'dhcp', new Date(at));
  await store.images.put(image);
  for (let number = 2; number <= 7; number += 1) await store.machines.record(machine(`m-${number}`));
  await store.machines.record(
    machine('m-8', {
      name: 'r1-u8',
      state: 'Deployed',
      deployment: {
        operationId: 'm-8/deploy/1',
        image: 'debian/12',
        imageSerial: '20261101',
        address: ipv4('10.78.0.10'),
        hostKeys: [hostKey],
        since: at,
      },
      layers: [{ name: 'nginx', version: '1', since: at }],
    }),
  );
}, startMs);
afterAll(() => api.stop());

describe('machines', () => {
  test('are listed a page at a time, each once', async () => {
    const ids: string[] = [];
    let after = '';
    do {
      const { json } = await api.call('GET', `/v1/machines?limit=3${after && `&after=${after}`}`);
      ids.push(...json.items.map(({ id }: { id: string }) => id));
      after = json.next ?? '';
    } while (after !== '');
    expect(ids).toEqual(['m-1', 'm-2', 'm-3', 'm-4', 'm-5', 'm-6', 'm-7', 'm-8']);
  });

  test('by name and by id are the same', async () => {
    const byName = await api.call('GET', '/v1/machines/r1-u1');
    expect(byName.json).toEqual((await api.call('GET', '/v1/machines/m-1')).json);
  });

  test('say what they do and what may be asked of them', async () => {
    const busy = (await api.call('GET', '/v1/machines/r1-u1')).json;
    expect(busy.allowedOperations).toEqual([]);
    expect(busy.operation.lastLines).toEqual({ 'power on': 'second' });
    const idle = (await api.call('GET', '/v1/machines/r1-u8')).json;
    expect(idle.allowedOperations).toEqual([
      ...['release', 'rescue', 'apply-layer', 'remove-layer', 'power', 'lock', 'mark-broken'],
    ]);
  });

  test('look as the description says', async () => {
    for (const path of ['/v1/machines/m-1', '/v1/machines/m-8']) {
      const { json } = await api.call('GET', path);
      expect(machineViewSchema.parse(json)).toEqual(json);
    }
  });
});

test('an operation has its id as its address', async () => {
  const { json } = await api.call('GET', '/v1/operations/m-1/commission/1');
  expect(json.id).toBe('m-1/commission/1');
  expect(operationViewSchema.parse(json)).toEqual(json);
  expect((await api.call('GET', '/v1/machines/m-1/operations')).json.items).toHaveLength(1);
});

test('a log is read on from where it was left', async () => {
  const path = '/v1/operations/m-1/commission/1/log?step=power%20on';
  const first = (await api.call('GET', `${path}&limit=1`)).json;
  expect(first).toEqual({ items: [{ offset: 10, line: 'first' }], next: 10 });
  expect((await api.call('GET', `${path}&after=10`)).json).toEqual({
    items: [{ offset: 20, line: 'second' }],
    next: 20,
  });
  expect((await api.call('GET', `${path}&after=20`)).json).toEqual({ items: [], next: 20 });
});

test('the evidence of a boot names the first dark rung and never the token', async () => {
  const { json, text } = await api.call('GET', '/v1/machines/m-1/boot');
  expect(json).toMatchObject({ lastSign: { sign: 'dhcp' }, firstDarkRung: 'boot-file' });
  expect(json.causes.length).toBeGreaterThan(0);
  expect(text).not.toContain('ab'.repeat(32));
  expect(bootViewSchema.parse(json)).toEqual(json);
});

test('inventory', async () => {
  expect((await api.call('GET', '/v1/machines/m-1/inventory')).json).toEqual({ inventory, at });
});

test('images and layers', async () => {
  const { items } = (await api.call('GET', '/v1/images')).json;
  expect(items.map((item: unknown) => usedImageSchema.parse(item))).toEqual(items);
  expect((await api.call('GET', '/v1/layers')).json.items).toHaveLength(1);
});

test('events are listed after a cursor, of one machine if asked', async () => {
  const all = (await api.call('GET', '/v1/events')).json;
  expect(all.items.map((item: unknown) => eventSchema.parse(item))).toEqual(all.items);
  expect(all.next).toBe(all.items.at(-1).cursor);
  const one = (await api.call('GET', '/v1/events?machine=r1-u8')).json.items;
  expect(new Set(one.map(({ machineId }: { machineId: string }) => machineId))).toEqual(new Set(['m-8']));
  expect((await api.call('GET', `/v1/events?after=${all.next}`)).json).toEqual({ items: [], next: all.next });
});
