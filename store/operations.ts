import type { Operation, Step } from '../model/index.ts';
import { type Db, lockRecord, type Trx } from './database.ts';
import { appendEvents, type NewEvent } from './events.ts';
import type { OperationStore } from './types.ts';

/** PostgreSQL takes 65,535 parameters a statement; a row of the log has four. */
const rowsPerInsert = 1_000;

export function operationStore(db: Db): OperationStore {
  return {
    record: (operation) => db.transaction().execute((trx) => record(trx, operation)),

    async get(id) {
      const row = await db.selectFrom('operation').select('document').where('id', '=', id).executeTakeFirst();
      return row?.document;
    },

    async ofMachine(machineId, limit) {
      const rows = await db
        .selectFrom('operation')
        .select('document')
        .where('machine_id', '=', machineId)
        .orderBy('started_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit)
        .execute();
      return rows.map((row) => row.document);
    },

    async appendLog(operationId, step, entries) {
      for (let start = 0; start < entries.length; start += rowsPerInsert) {
        await db
          .insertInto('operation_log')
          .values(
            entries.slice(start, start + rowsPerInsert).map(({ offset, line }) => ({
              operation_id: operationId,
              step,
              end_offset: offset,
              line: JSON.stringify(line),
            })),
          )
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      }
    },

    async log(operationId, step, { afterOffset, limit } = {}) {
      let query = db
        .selectFrom('operation_log')
        .select(['end_offset as offset', 'line'])
        .where('operation_id', '=', operationId)
        .where('step', '=', step)
        .orderBy('end_offset');
      if (afterOffset !== undefined) query = query.where('end_offset', '>', afterOffset);
      if (limit !== undefined) query = query.limit(limit);
      return query.execute();
    },

    async lastLines(operationId) {
      const rows = await db
        .selectFrom('operation_log')
        .distinctOn('step')
        .select(['step', 'line'])
        .where('operation_id', '=', operationId)
        .orderBy('step')
        .orderBy('end_offset', 'desc')
        .execute();
      return Object.fromEntries(rows.map(({ step, line }) => [step, line]));
    },

    async consumeIntent(operationId, bootId) {
      // Updates nothing, but makes the row come back in the same statement, whoever wrote it.
      const { boot_id: bound } = await db
        .insertInto('operation_intent')
        .values({ operation_id: operationId, boot_id: bootId })
        .onConflict((conflict) =>
          conflict
            .column('operation_id')
            .doUpdateSet((eb) => ({ boot_id: eb.ref('operation_intent.boot_id') })),
        )
        .returning('boot_id')
        .executeTakeFirstOrThrow();
      return bound === bootId;
    },
  };
}

async function record(trx: Trx, operation: Operation): Promise<void> {
  await lockRecord(trx, 'operation', operation.id);
  const old = await trx
    .selectFrom('operation')
    .select('document')
    .where('id', '=', operation.id)
    .executeTakeFirst();
  const columns = {
    machine_id: operation.machineId,
    version: operation.version,
    started_at: operation.startedAt,
    document: JSON.stringify(operation),
  };
  const kept = await trx
    .insertInto('operation')
    .values({ id: operation.id, ...columns })
    .onConflict((conflict) =>
      conflict
        .column('id')
        .doUpdateSet(columns)
        .whereRef('operation.version', '<', (eb) => eb.ref('excluded.version')),
    )
    .returning('id')
    .executeTakeFirst();
  if (kept) await appendEvents(trx, changes(old?.document, operation));
}

/** What happened between two versions, as events. Versions may be skipped, so a step may begin and end in one. */
function changes(old: Operation | undefined, operation: Operation): readonly NewEvent[] {
  const about = { machineId: operation.machineId, operationId: operation.id };
  const events: NewEvent[] = [];
  if (!old) {
    events.push({
      ...about,
      at: operation.startedAt,
      kind: 'operation.begin',
      message: `${operation.summary}: begun.`,
      data: { kind: operation.kind },
    });
  }
  operation.steps.forEach((step, index) => {
    // By place as well as by name: a step that is tried again from the start stands in the list twice.
    const before = old?.steps[index];
    const isSame = before?.name === step.name && before.state === step.state;
    if (!isSame) events.push({ ...about, ...stepEvent(step) });
    if (step.state === 'running' && step.waitingFor && step.waitingFor !== before?.waitingFor)
      events.push({ ...about, ...waitEvent(step, step.waitingFor) });
  });
  if (operation.state !== 'running' && old?.state !== operation.state) {
    events.push({
      ...about,
      at: operation.endedAt ?? operation.startedAt,
      kind: 'operation.end',
      message: operation.failure
        ? `${operation.summary}: failed. ${operation.failure.message}`
        : `${operation.summary}: ${operation.state}.`,
      data: { kind: operation.kind, state: operation.state, ...code(operation) },
    });
  }
  return events;
}

const said = { running: 'begun', done: 'done', skipped: 'skipped', failed: 'failed' } as const;

function stepEvent(step: Step): Pick<NewEvent, 'at' | 'kind' | 'message' | 'data'> {
  return {
    at: step.endedAt ?? step.startedAt,
    kind: 'operation.step',
    message: step.failure
      ? `${step.name}: ${said[step.state]}. ${step.failure.message}`
      : `${step.name}: ${said[step.state]}.`,
    data: { step: step.name, state: step.state, ...code(step) },
  };
}

/** What is waited for is told when it is known: the begin of a step is told before. */
function waitEvent({ name, startedAt, deadline }: Step, waitingFor: string): ReturnType<typeof stepEvent> {
  const limit = deadline ? `, until ${deadline}` : '';
  return {
    at: startedAt,
    kind: 'operation.waiting',
    message: `${name}: ${/^[A-Z][a-z]+ /.test(waitingFor) ? waitingFor : `waits for ${waitingFor}`}${limit}`,
    data: { step: name, ...(deadline && { deadline }) },
  };
}

function code({ failure }: Pick<Step, 'failure'>): { code?: string } {
  return failure ? { code: failure.code } : {};
}
