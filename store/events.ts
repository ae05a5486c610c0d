import { sql } from 'kysely';
import type { Event } from '../model/index.ts';
import { type Database, type Db, eventChannel, lockRecord, type Trx } from './database.ts';
import type { EventStore } from './types.ts';

export type NewEvent = Omit<Event, 'cursor'>;

export function eventStore({ db, subscribe }: Pick<Database, 'db' | 'subscribe'>): EventStore {
  return {
    append: (event) =>
      db.transaction().execute(async (trx) => {
        const [cursor] = await appendEvents(trx, [event]);
        return { cursor: cursor as number, ...event };
      }),
    after: (cursor, options) => eventsAfter(db, cursor, options),
    async latestCursor() {
      const { cursor } = await db
        .selectFrom('event')
        .select(({ fn }) => fn.max('cursor').as('cursor'))
        .executeTakeFirstOrThrow();
      return cursor ?? 0;
    },
    subscribe,
  };
}

/**
 * The last thing that a transaction does. A sequence counts when it is asked, not when its transaction commits: without
 * the lock a reader could see cursor 8, go on from there, and never see a 7 that commits later. The lock is given back
 * after the commit is visible, so cursors appear in their order.
 */
export async function appendEvents(trx: Trx, events: readonly NewEvent[]): Promise<readonly number[]> {
  if (events.length === 0) return [];
  await lockRecord(trx, 'event', '');
  const rows = await trx
    .insertInto('event')
    .values(
      events.map((event) => ({
        at: event.at,
        kind: event.kind,
        machine_id: event.machineId ?? null,
        operation_id: event.operationId ?? null,
        document: JSON.stringify(event),
      })),
    )
    .returning('cursor')
    .execute();
  // Delivered at commit (PostgreSQL manual, NOTIFY).
  await sql`select pg_notify(${eventChannel}, '')`.execute(trx);
  return rows.map((row) => row.cursor);
}

async function eventsAfter(
  db: Db,
  cursor: number,
  { machineId, limit }: { readonly machineId?: string; readonly limit: number },
): Promise<readonly Event[]> {
  let query = db
    .selectFrom('event')
    .select(['cursor', 'document'])
    .where('cursor', '>', cursor)
    .orderBy('cursor')
    .limit(limit);
  if (machineId !== undefined) query = query.where('machine_id', '=', machineId);
  const rows = await query.execute();
  return rows.map((row) => ({ cursor: row.cursor, ...row.document }));
}
