import { sql } from 'kysely';
import type { Db } from './database.ts';
import type { TimelineStore } from './types.ts';

/** Fewer say nothing about a 95th percentile. */
const enoughAlike = 5;
/** Firmware and networks change: what was long ago is no guide. */
const remembered = 200;

export function timelineStore(db: Db): TimelineStore {
  const usual = async (kind: string, step: string, like?: { model: string; image: string }) => {
    const recent = db
      .selectFrom('step_time')
      .select('seconds')
      .where('kind', '=', kind)
      .where('step', '=', step)
      .$if(like !== undefined, (query) =>
        query.where('model', '=', like?.model ?? '').where('image', '=', like?.image ?? ''),
      )
      .orderBy('at', 'desc')
      .limit(remembered)
      .as('recent');
    return db
      .selectFrom(recent)
      .select([
        sql<number>`count(*)::int`.as('count'),
        sql<number | null>`percentile_cont(0.5) within group (order by seconds)`.as('p50'),
        sql<number | null>`percentile_cont(0.95) within group (order by seconds)`.as('p95'),
      ])
      .executeTakeFirstOrThrow();
  };
  return {
    async began({ operationId, activityId, activity, attempt, beganAt }) {
      await db
        .insertInto('attempt')
        .values({
          operation_id: operationId,
          activity_id: activityId,
          activity,
          attempt,
          began_at: beganAt,
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },

    async ended({ operationId, activityId, activity, attempt, beganAt, endedAt, failure }) {
      const end = { ended_at: endedAt ?? null, failure: failure ? JSON.stringify(failure) : null };
      await db
        .insertInto('attempt')
        .values({
          operation_id: operationId,
          activity_id: activityId,
          activity,
          attempt,
          began_at: beganAt,
          ...end,
        })
        .onConflict((conflict) =>
          conflict.columns(['operation_id', 'activity_id', 'attempt']).doUpdateSet(end),
        )
        .execute();
    },

    async attempts(operationId) {
      const rows = await db
        .selectFrom('attempt')
        .selectAll()
        .where('operation_id', '=', operationId)
        .orderBy('began_at')
        .orderBy('attempt')
        .execute();
      return rows.map((row) => ({
        operationId,
        activityId: row.activity_id,
        activity: row.activity,
        attempt: row.attempt,
        beganAt: row.began_at,
        ...(row.ended_at !== null && { endedAt: row.ended_at }),
        ...(row.failure !== null && { failure: row.failure }),
      }));
    },

    async learn({ operationId, kind, model, image, at }, times) {
      if (times.length === 0) return;
      await db
        .insertInto('step_time')
        .values(
          times.map(({ place, step, seconds }) => ({
            operation_id: operationId,
            place,
            kind,
            step,
            model,
            image,
            seconds,
            at,
          })),
        )
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },

    async usual(kind, step, like) {
      const same = await usual(kind, step, like);
      const alike = same.count >= enoughAlike;
      const { count, p50, p95 } = alike ? same : await usual(kind, step);
      return p50 === null || p95 === null ? undefined : { p50, p95, count, alike };
    },

    async once(operationId, effect) {
      const added = await db
        .insertInto('effect')
        .values({ operation_id: operationId, effect })
        .onConflict((conflict) => conflict.doNothing())
        .returning('effect')
        .executeTakeFirst();
      return added !== undefined;
    },

    async has(operationId, effect) {
      const found = await db
        .selectFrom('effect')
        .select('effect')
        .where('operation_id', '=', operationId)
        .where('effect', '=', effect)
        .executeTakeFirst();
      return found !== undefined;
    },
  };
}
