import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../../model/index.ts';
import { openStore, type Store } from '../../store/index.ts';
import { storeContract } from '../store/contract.ts';
import { startPostgres, type TestPostgres } from '../store/fixtures/postgres.ts';
import { boot, machine, plan, subnet, inventory, operation } from '../store/records.ts';

let postgres: TestPostgres;
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'rw-store-'));
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres?.remove();
  await rm(home, { recursive: true, force: true });
});

const open = (database: string): Promise<Store> =>
  openStore({
    kind: 'postgres',
    url: new Secret(postgres.url(database)),
    keyFile: join(home, `${database}.key`),
  });

describe('the contract on PostgreSQL', () => {
  storeContract(async () => {
    await postgres.createDatabase('contract');
    const store = await open('contract');
    return {
      store,
      close: () => store.close(),
      async dump() {
        await store.close();
        return postgres.dump('contract');
      },
    };
  });
});

test('two processes that start at once both get the new schema', async () => {
  await postgres.createDatabase('both');
  const stores = await Promise.all([open('both'), open('both'), open('both')]);
  await stores[0]?.machines.record(machine('m-1'));
  expect(await stores[2]?.machines.get('m-1')).toEqual(machine('m-1'));
  await Promise.all(stores.map((store) => store.close()));
});

test('an event of one process wakes the others', async () => {
  await postgres.createDatabase('wake');
  const [here, there] = [await open('wake'), await open('wake')];
  const { promise: woken, resolve } = Promise.withResolvers<void>();
  await there.events.subscribe(resolve);
  await here.machines.record(machine('m-1'));
  await woken;
  expect(await there.events.after(0, { limit: 10 })).toHaveLength(1);
  await Promise.all([here.close(), there.close()]);
});

test('while PostgreSQL is away every call says so, and works again when it is back', async () => {
  await postgres.createDatabase('away');
  const store = await open('away');
  await store.machines.record(machine('m-1'));
  await store.subnets.put(subnet('rack'));
  let wakes: () => void = () => undefined;
  await store.events.subscribe(() => wakes());

  // Immediate: connections break in the midst, as when the machine below it dies.
  await postgres.stop('immediate');
  const now = new Date();
  const calls: readonly (() => Promise<unknown>)[] = [
    () => store.machines.record(machine('m-1', { version: 2 })),
    () => store.machines.get('m-1'),
    () => store.machines.list(),
    () => store.operations.record(operation('m-1/deploy/1')),
    () => store.operations.consumeIntent('m-1/deploy/1', 'b'),
    () => store.boots.open(boot('b-1')),
    () => store.boots.sign('b-1', 'dhcp', now),
    () => store.boots.consume('b-1', 'hash', 'keys', now),
    () => store.inventories.add('m-1', 'm-1/commission/1', inventory, now),
    () => store.plans.add('m-1/deploy/1', plan, 'digest'),
    () => store.subnets.assignStatic('rack', 'm-1'),
    () => store.images.list(),
    () => store.secrets.put('bmc/m-1', 'password', new Secret('x')),
    () => store.events.append({ at: now.toISOString(), kind: 'test', message: 'x' }),
    () => store.events.latestCursor(),
    () => store.ping(5_000),
  ];
  for (let round = 1; round <= 2; round += 1) {
    const settled = await Promise.allSettled(calls.map((call) => call()));
    for (const result of settled) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'STORE_UNAVAILABLE' } });
    }
  }
  await expect(open('away')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });

  const heard = new Promise<void>((resolve) => {
    wakes = resolve;
  });
  await postgres.start();
  await store.machines.record(machine('m-1', { version: 3 }));
  expect((await store.machines.get('m-1'))?.version).toBe(3);
  for (const call of calls.slice(1)) await call();
  // The listener connects again by itself, and wakes for what it may have missed.
  await heard;
  const again = new Promise<void>((resolve) => {
    wakes = resolve;
  });
  await store.events.append({ at: now.toISOString(), kind: 'test', message: 'after' });
  await again;
  await store.close();
});

test('calls that are under way when PostgreSQL dies are rejected, and what was acknowledged is kept', async () => {
  await postgres.createDatabase('midway');
  const store = await open('midway');
  const acknowledged: string[] = [];
  const { promise: busy, resolve } = Promise.withResolvers<void>();
  const writeUntilRejected = async (writer: number) => {
    for (let number = 1; ; number += 1) {
      const id = `m-${writer}-${number}`;
      await store.machines.record(machine(id));
      acknowledged.push(id);
      if (acknowledged.length === 50) resolve();
    }
  };
  const writers = Promise.allSettled([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map(writeUntilRejected));
  await busy;
  await postgres.stop('immediate');
  for (const result of await writers) {
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'STORE_UNAVAILABLE' } });
  }
  await postgres.start();
  const kept = (await store.machines.list()).map(({ id }) => id);
  expect(kept).toEqual(expect.arrayContaining(acknowledged));
  await store.close();
});
