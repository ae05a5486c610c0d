import { CodedError } from '../model/index.ts';
import type { Db } from './database.ts';
import type { PlanStore } from './types.ts';

export function planStore(db: Db): PlanStore {
  const read = (operationId: string) =>
    db
      .selectFrom('plan')
      .select(['document as plan', 'digest'])
      .where('operation_id', '=', operationId)
      .executeTakeFirst();
  return {
    async add(operationId, plan, digest) {
      await db
        .insertInto('plan')
        .values({ operation_id: operationId, digest, document: JSON.stringify(plan) })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      const kept = await read(operationId);
      if (kept?.digest === digest) return;
      throw new CodedError('PLAN_STALE', `Operation ${operationId} was given another plan before.`, {
        operationId,
        digest,
      });
    },
    get: read,
  };
}
