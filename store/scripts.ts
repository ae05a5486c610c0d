import type { Script } from '../model/index.ts';
import type { Db } from './database.ts';
import type { ScriptStore } from './types.ts';

export function scriptStore(db: Db): ScriptStore {
  const keep = async (trx: Db, scripts: readonly Script[]) => {
    if (scripts.length === 0) return;
    await trx
      .insertInto('script_version')
      .values(scripts.map((script) => ({ sha256: script.sha256, document: JSON.stringify(script) })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  };
  const named = () =>
    db
      .selectFrom('script')
      .innerJoin('script_version', 'script_version.sha256', 'script.sha256')
      .select(['script_version.document as script', 'script.added_at as addedAt']);
  return {
    async put(script, at) {
      const { name } = script.metadata;
      await db.transaction().execute(async (trx) => {
        await keep(trx, [script]);
        const columns = { sha256: script.sha256, added_at: at.toISOString() };
        await trx
          .insertInto('script')
          .values({ name, ...columns })
          .onConflict((conflict) => conflict.column('name').doUpdateSet(columns))
          .execute();
      });
    },

    find: (name) => named().where('script.name', '=', name).executeTakeFirst(),

    list: () => named().orderBy('script.name').execute(),

    async version(sha256) {
      const row = await db
        .selectFrom('script_version')
        .select('document')
        .where('sha256', '=', sha256)
        .executeTakeFirst();
      return row?.document;
    },

    async remove(name) {
      const { numDeletedRows } = await db.deleteFrom('script').where('name', '=', name).executeTakeFirst();
      return numDeletedRows > 0n;
    },

    async pin(operationId, outline, scripts) {
      await db.transaction().execute(async (trx) => {
        await keep(trx, scripts);
        await trx
          .insertInto('script_outline')
          .values({ operation_id: operationId, document: JSON.stringify(outline) })
          // Whoever asks again gets what was decided first.
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      });
    },

    async outline(operationId) {
      const row = await db
        .selectFrom('script_outline')
        .select('document')
        .where('operation_id', '=', operationId)
        .executeTakeFirst();
      return row?.document;
    },

    async addResult(result) {
      const document = JSON.stringify(result);
      await db
        .insertInto('script_result')
        .values({
          operation_id: result.operationId,
          step: result.step,
          machine_id: result.machineId,
          document,
        })
        .onConflict((conflict) => conflict.columns(['operation_id', 'step']).doUpdateSet({ document }))
        .execute();
    },

    async results(machineId, { operationId, limit }) {
      let query = db
        .selectFrom('script_result')
        .select('document')
        .where('machine_id', '=', machineId)
        .orderBy('seq', 'desc')
        .limit(limit);
      if (operationId !== undefined) query = query.where('operation_id', '=', operationId);
      const rows = await query.execute();
      return rows.map((row) => row.document);
    },
  };
}
