import { Kysely, type PostgresPool, PostgresDialect, sql, type Transaction } from 'kysely';
import type { Schema } from './schema.ts';

export type Db = Kysely<Schema>;
export type Trx = Transaction<Schema>;

/** A database behind one kysely dialect: PGlite poses as a pool of one connection, so all SQL is the same. */
export interface Database {
  readonly db: Db;
  /** Called at each event that is appended, in this process or in another. */
  subscribe(wake: () => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** The channel of LISTEN/NOTIFY that says: there are new events. */
export const eventChannel = 'rackwright_event';

export function kyselyOver(pool: PostgresPool): Db {
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
}

/** First number of our two-number advisory locks. */
const lockClass = { machine: 1, operation: 2, boot: 3, event: 4, image: 5 } as const;

/**
 * Makes writers of one record wait for each other, also while the record does not exist and `FOR UPDATE` has no row.
 * A transaction takes one of these first, and the lock on `event` last: always in this order, so none waits in a circle.
 */
export async function lockRecord(trx: Trx, kind: keyof typeof lockClass, id: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(${sql.lit(lockClass[kind])}, hashtext(${id}))`.execute(trx);
}
