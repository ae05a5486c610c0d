import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { CodedError, type Secret } from '../model/index.ts';
import { bootStore } from './boots.ts';
import type { Database, Db } from './database.ts';
import { lockDirectory } from './directory-lock.ts';
import { declaredStore } from './declared.ts';
import { eventStore } from './events.ts';
import { evidenceStore } from './evidence.ts';
import { imageStore } from './images.ts';
import { inventoryStore } from './inventories.ts';
import { secretKey } from './key-file.ts';
import { machineStore } from './machines.ts';
import { migrate } from './migrations.ts';
import { observedPowerStore } from './observed-power.ts';
import { operationStore } from './operations.ts';
import { openPglite } from './pglite.ts';
import { planStore } from './plans.ts';
import { openPostgres } from './postgres.ts';
import { scriptStore } from './scripts.ts';
import { secretStore } from './secrets.ts';
import { subnetStore } from './subnets.ts';
import { timelineStore } from './timeline.ts';
import type { Store } from './types.ts';

export type StoreOptions =
  | { readonly kind: 'pglite'; readonly directory: string; readonly keyFile: string }
  | { readonly kind: 'postgres'; readonly url: Secret; readonly keyFile: string };

/**
 * Opens the store, makes what is missing (directory, key, schema) and brings an older schema up to date.
 * @throws CodedError STORE_UNAVAILABLE when the database does not answer, the directory is in use, or the key is wrong.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const database = await openDatabase(options);
  try {
    await migrate(database.db);
    return storeOver(database, await secretKey(options.keyFile, database.db));
  } catch (error) {
    await database.close();
    throw error;
  }
}

function storeOver(database: Database, key: Buffer): Store {
  const { db } = database;
  return {
    machines: machineStore(db),
    operations: operationStore(db),
    timeline: timelineStore(db),
    observedPower: observedPowerStore(db),
    boots: bootStore(db),
    inventories: inventoryStore(db),
    scripts: scriptStore(db),
    plans: planStore(db),
    evidence: evidenceStore(db),
    declared: declaredStore(db),
    subnets: subnetStore(db),
    images: imageStore(db),
    secrets: secretStore(db, key),
    events: eventStore(database),
    ping: (timeoutMs) => ping(db, timeoutMs),
    close: () => database.close(),
  };
}

async function openDatabase(options: StoreOptions): Promise<Database> {
  switch (options.kind) {
    case 'postgres':
      return openPostgres(options.url);
    case 'pglite': {
      const { directory } = options;
      await mkdir(directory, { recursive: true, mode: 0o700 });
      // PGlite makes its files with the mode of the umask: the directory above is what keeps others out.
      await chmod(directory, 0o700);
      const unlock = await lockDirectory(directory);
      try {
        const database = await openPglite(join(directory, 'pglite'));
        return {
          ...database,
          close: async () => {
            await database.close();
            await unlock();
          },
        };
      } catch (error) {
        await unlock();
        throw error;
      }
    }
  }
}

async function ping(db: Db, timeoutMs: number): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new CodedError('STORE_UNAVAILABLE', `The database did not answer within ${timeoutMs} ms.`));
  }, timeoutMs);
  try {
    await Promise.race([sql`select 1`.execute(db), late]);
  } finally {
    clearTimeout(timer);
  }
}
