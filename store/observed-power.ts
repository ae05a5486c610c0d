import type { Db } from './database.ts';
import type { ObservedPowerStore } from './types.ts';

export function observedPowerStore(db: Db): ObservedPowerStore {
  return {
    async record(machineId, { state, source, at, error }) {
      const seen = { state, source, at, error: null, error_at: null };
      const trouble = { error: error ?? null, error_at: at };
      await db
        .insertInto('observed_power')
        .values({ machine_id: machineId, ...seen, ...(error !== undefined && trouble) })
        .onConflict((conflict) =>
          conflict
            .column('machine_id')
            .doUpdateSet(error === undefined ? seen : trouble)
            .whereRef('observed_power.at', '<=', (eb) => eb.ref('excluded.at')),
        )
        .execute();
    },

    async get(machineId) {
      const row = await db
        .selectFrom('observed_power')
        .selectAll()
        .where('machine_id', '=', machineId)
        .executeTakeFirst();
      if (!row) return undefined;
      const { state, source, at, error, error_at } = row;
      return {
        state,
        source,
        at,
        ...(error !== null && error_at !== null && { trouble: { error, at: error_at } }),
      };
    },
  };
}
