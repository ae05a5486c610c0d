import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Secret } from '../../model/index.ts';
import { openStore, type Store } from '../../store/index.ts';
import { storeContract } from './contract.ts';
import { machine } from './records.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'rw-store-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const open = (name: string, keyFile = join(home, `${name}.key`)): Promise<Store> =>
  openStore({ kind: 'pglite', directory: join(home, name), keyFile });

describe('the contract on PGlite', () => {
  storeContract(async () => {
    const store = await open('contract');
    return {
      store,
      close: () => store.close(),
      async dump() {
        await store.close();
        return (await tables(join(home, 'contract', 'pglite'))) + (await files(join(home, 'contract')));
      },
    };
  });
});

describe('the data directory', () => {
  let store: Store;
  beforeAll(async () => {
    store = await open('one');
  }, 120_000);
  afterAll(() => store.close());

  test('is ours alone, and so is the key', async () => {
    expect((await stat(join(home, 'one'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(home, 'one.key'))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(home, 'one.key'))).toHaveLength(32);
  });

  test('is not opened twice', async () => {
    await expect(open('one')).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining(`in use by process ${process.pid}`),
    });
    await store.ping(5_000);
  });

  test('of another key says so, before and after the key is lost', async () => {
    await store.secrets.put('bmc/1', 'password', new Secret('kept'));
    await store.close();
    const missing = open('one', join(home, 'lost.key'));
    await expect(missing).rejects.toMatchObject({ message: expect.stringContaining('is missing') });
    await writeFile(join(home, 'other.key'), Buffer.alloc(32, 7), { mode: 0o600 });
    const other = open('one', join(home, 'other.key'));
    await expect(other).rejects.toMatchObject({ message: expect.stringContaining('is not the one') });
    await writeFile(join(home, 'open.key'), Buffer.alloc(32, 7), { mode: 0o644 });
    const readable = open('one', join(home, 'open.key'));
    await expect(readable).rejects.toMatchObject({ message: expect.stringContaining('0600') });
    store = await open('one');
    expect((await store.secrets.get('bmc/1', 'password'))?.reveal()).toBe('kept');
  }, 120_000);

  test('a secret that is moved to another record does not open', async () => {
    await store.close();
    const database = await PGlite.create(join(home, 'one', 'pglite'));
    await database.query(`insert into secret select 'bmc/2', field, sealed from secret where id = 'bmc/1'`);
    await database.close();
    store = await open('one');
    await expect(store.secrets.get('bmc/2', 'password')).rejects.toMatchObject({ code: 'INTERNAL' });
  }, 120_000);
});

test('killed in mid-write three times, the store has lost nothing that it acknowledged', async () => {
  let acknowledged = 0;
  for (let kill = 1; kill <= 3; kill += 1) {
    const child = writer(join(home, 'killed'), join(home, 'killed.key'), acknowledged);
    const exited = once(child, 'exit');
    // Some way into the writing, and not at the same point each time.
    const enough = acknowledged + 40 + kill * 17;
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
      acknowledged = Number(line);
      if (acknowledged === enough) child.kill('SIGKILL');
    }
    await exited;
    expect(acknowledged).toBeGreaterThanOrEqual(enough);
  }
  const store = await open('killed');
  const ids = new Set((await store.machines.list()).map(({ id }) => id));
  for (let number = 1; number <= acknowledged; number += 1) expect(ids).toContain(`m-${number}`);
  // Whole or not at all: each machine with its event.
  expect(await store.events.after(0, { limit: 10_000 })).toHaveLength(ids.size);
  await store.machines.record(machine('after'));
  await store.close();
}, 300_000);

function writer(directory: string, keyFile: string, from: number): ChildProcess {
  const program = fileURLToPath(new URL('./fixtures/store-writer.ts', import.meta.url));
  return spawn(process.execPath, [program, directory, keyFile, String(from)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function tables(directory: string): Promise<string> {
  const database = await PGlite.create(directory);
  const { rows } = await database.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public'`,
  );
  let text = '';
  for (const { name } of rows) {
    text += JSON.stringify((await database.query(`select * from "${name}"`)).rows);
  }
  await database.close();
  return text;
}

async function files(directory: string): Promise<string> {
  let text = '';
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) text += await readFile(join(entry.parentPath, entry.name), 'latin1');
  }
  return text;
}
