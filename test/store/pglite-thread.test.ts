import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../store/database.ts';
import { openPglite } from '../../store/pglite.ts';

let home: string;
let database: Database;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'rw-thread-'));
  database = await openPglite(join(home, 'pglite'));
  await sql`create table kept (number int)`.execute(database.db);
}, 120_000);
afterAll(async () => {
  await database.close();
  await rm(home, { recursive: true, force: true });
});

const numbers = async () => {
  const { rows } = await sql<{ number: number }>`select number from kept order by number`.execute(
    database.db,
  );
  return rows.map(({ number }) => number);
};

test('a thread that ends in mid-transaction rejects what waits for it, and the next call gets a new one', async () => {
  await sql`insert into kept values (1)`.execute(database.db);
  const broken = database.db.transaction().execute(async (trx) => {
    await sql`insert into kept values (2)`.execute(trx);
    // PGlite throws a RangeError at this, which the thread takes for a stack that overflowed.
    await sql`select ${new Date(Number.NaN)}::timestamptz`.execute(trx);
  });
  await expect(broken).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(await numbers()).toEqual([1]);
  let woken = 0;
  await database.subscribe(() => {
    woken += 1;
  });
  await sql`select pg_notify('rackwright_event', '')`.execute(database.db);
  expect(woken).toBe(1);
});

test('a query that the database refuses does not end the thread', async () => {
  await expect(sql`select 1 / 0`.execute(database.db)).rejects.toMatchObject({ code: '22012' });
  await expect(sql`select ${'x'}::int`.execute(database.db)).rejects.toMatchObject({ code: '22P02' });
  expect(await numbers()).toEqual([1]);
});

test('the main thread goes on while the database is busy', async () => {
  let turns = 0;
  const counting = setInterval(() => {
    turns += 1;
  }, 5);
  await sql`select count(*) from generate_series(1, 1000000)`.execute(database.db);
  clearInterval(counting);
  expect(turns).toBeGreaterThan(5);
});
