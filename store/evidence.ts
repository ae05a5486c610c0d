import type { Db } from './database.ts';
import type { EvidenceStore } from './types.ts';

export function evidenceStore(db: Db): EvidenceStore {
  const plan = async (operationId: string) => {
    const row = await db
      .selectFrom('erase_plan')
      .select('document')
      .where('operation_id', '=', operationId)
      .executeTakeFirst();
    return row?.document;
  };
  return {
    async keepPlan(operationId, document) {
      await db
        .insertInto('erase_plan')
        .values({ operation_id: operationId, document: JSON.stringify(document) })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      return (await plan(operationId)) ?? document;
    },
    plan,

    async append(step, evidence) {
      await db
        .insertInto('erase_evidence')
        .values({
          machine_id: evidence.machineId,
          operation_id: evidence.operationId,
          boot_id: evidence.bootId,
          step,
          document: JSON.stringify(evidence),
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },

    async ofOperation(operationId) {
      const rows = await db
        .selectFrom('erase_evidence')
        .select('document')
        .where('operation_id', '=', operationId)
        .orderBy('seq')
        .execute();
      return rows.map(({ document }) => document);
    },

    async ofMachine(machineId, limit) {
      const rows = await db
        .selectFrom('erase_evidence')
        .select('document')
        .where('machine_id', '=', machineId)
        .orderBy('seq', 'desc')
        .limit(limit)
        .execute();
      return rows.map(({ document }) => document);
    },
  };
}
