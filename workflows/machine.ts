import {
  allHandlersFinished,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { MachineRecorder, OperationRecorder } from '../activities/index.ts';
import { compareIdentity } from '../model/identity.ts';
import {
  allowedOperations,
  type MachineRecord,
  mayAsk,
  type OperationKind,
  transitions,
} from '../model/machine.ts';
import type { Operation } from '../model/operation.ts';
import type { Accepted, Arrival } from '../model/requests.ts';
import { type Ask, type Command, execute, summaryOf } from './command.ts';
import {
  applyLayerUpdate,
  arrivalUpdate,
  arrivedSignal,
  commissionUpdate,
  configureUpdate,
  deployUpdate,
  machineWorkflowId,
  powerUpdate,
  recordQuery,
  releaseUpdate,
  removeLayerUpdate,
} from './messages.ts';
import { bookkeeping } from './policies.ts';
import { failWith, failureOf, now } from './steps.ts';

/** How long an update waits for an operation that is just about to end. */
const SETTLE_MS = 1_000;

/** Either a machine that arrived for the first time, or what the run before handed on. */
export type MachineInput =
  | { readonly kind: 'first'; readonly id: string; readonly arrival: Arrival }
  | { readonly kind: 'continued'; readonly record: MachineRecord; readonly operationCount: number };

const { recordMachine } = proxyActivities<MachineRecorder>(bookkeeping);
const { recordOperation, endOperation } = proxyActivities<OperationRecorder>(bookkeeping);

/**
 * A machine's life. It alone decides what may happen next, by the table in `model/machine.ts`; everybody else asks it
 * by updates. One operation at a time, each a child workflow with an end.
 */
export async function machine(input: MachineInput): Promise<void> {
  let record = input.kind === 'first' ? firstRecord(input.id, input.arrival) : input.record;
  let operationCount = input.kind === 'first' ? 0 : input.operationCount;
  let recordedVersion = input.kind === 'first' ? 0 : record.version;
  let command: Command | undefined;

  const change = (values: Partial<MachineRecord>): void => {
    record = { ...record, ...values, version: record.version + 1, updatedAt: now() };
  };
  const isRecorded = (version: number) => condition(() => recordedVersion >= version);
  const name = (): string => record.name;

  const demand = (kind: OperationKind): void => {
    if (command) {
      throw failWith({
        code: 'STATE_CONFLICT',
        message: `${name()} is at work on ${command.operation.kind} (${command.operation.id}) since ${command.operation.startedAt}.`,
      });
    }
    if (mayAsk(record.state, kind)) return;
    const may = allowedOperations(record.state).join(', ') || 'nothing';
    throw failWith({
      code: 'STATE_CONFLICT',
      message: `${name()} is ${record.state}: ${kind} may not be asked now. May be asked: ${may}.`,
    });
  };

  /** Takes the machine for one operation. Returns when the store shows it, so that whoever asked can look. */
  const take = async (ask: Ask): Promise<Accepted> => {
    // Not a validator: after a worker's restart an update may be handled before the end of the operation that went
    // before it is replayed, and would be refused for something that is long over.
    await condition(() => command === undefined, SETTLE_MS);
    demand(ask.kind);
    operationCount += 1;
    const operation: Operation = {
      id: `${record.id}/${ask.kind}/${operationCount}`,
      machineId: record.id,
      kind: ask.kind,
      version: 1,
      state: 'running',
      summary: summaryOf(ask),
      steps: [],
      startedAt: now(),
    };
    record = without(record, 'failure');
    change({ state: transitions[ask.kind].during ?? record.state, operationId: operation.id });
    const { version } = record;
    command = { ask, machine: record, operation };
    await recordOperation(operation);
    await isRecorded(version);
    return { operationId: operation.id };
  };

  setHandler(recordQuery, () => record);
  setHandler(
    arrivalUpdate,
    async (arrival) => {
      change({
        session: arrival.session,
        firmware: arrival.firmware,
        observedPower: { state: 'on', at: now() },
      });
      if (command) {
        const child = getExternalWorkflowHandle(machineWorkflowId(command.operation.id));
        // An operation that has just ended, or not yet begun, finds the session in the record instead.
        await child.signal(arrivedSignal, arrival.session).catch(() => undefined);
      }
      await isRecorded(record.version);
      return { name: name() };
    },
    {
      validator: (arrival) => {
        const match = compareIdentity(record.identity, arrival.identity);
        if (match.kind === 'same') return;
        const field = match.kind === 'conflict' ? `${match.field} ${match.value}` : 'nothing in common';
        throw failWith({
          code: 'MACHINE_IDENTITY_CONFLICT',
          message: `A machine said hello as ${name()} but does not match it: ${field}.`,
        });
      },
    },
  );
  setHandler(commissionUpdate, () => take({ kind: 'commission' }));
  setHandler(deployUpdate, (request) => take({ kind: 'deploy', request }));
  setHandler(releaseUpdate, () => take({ kind: 'release' }));
  setHandler(powerUpdate, ({ action }) => take({ kind: 'power', action }));
  setHandler(applyLayerUpdate, (request) => take({ kind: 'apply-layer', request }));
  setHandler(removeLayerUpdate, (request) => take({ kind: 'remove-layer', request }));
  setHandler(configureUpdate, async (request) => {
    change(request);
    await isRecorded(record.version);
  });

  /** The store's picture follows every change, in order, without holding up the machine's own work. */
  const keepRecorded = async (): Promise<void> => {
    for (;;) {
      await condition(() => record.version > recordedVersion);
      const { version } = record;
      try {
        await recordMachine(record);
      } catch (error) {
        if (isCancellation(error)) throw error;
        // Refused for good: an old picture is in the store until the next change, but the machine is never stuck by it.
        log.error('the store refuses the picture of a machine', {
          machineId: record.id,
          ...failureOf(error),
        });
      }
      recordedVersion = version;
    }
  };
  // Ends by cancellation alone, which the main loop hears of as well.
  keepRecorded().catch(() => undefined);

  for (;;) {
    await condition(() => command !== undefined || workflowInfo().continueAsNewSuggested);
    if (command) {
      const { operation } = command;
      try {
        const outcome = await execute(command);
        for (const field of outcome.forget ?? []) record = without(record, field);
        change(outcome.change);
        await endOperation({ operationId: operation.id });
      } catch (error) {
        const failure = failureOf(error);
        change({ state: transitions[operation.kind].failure ?? record.state, failure });
        await endOperation({ operationId: operation.id, failure });
      }
      await isRecorded(record.version);
      command = undefined;
    }
    if (workflowInfo().continueAsNewSuggested && !command) {
      await condition(() => allHandlersFinished() && recordedVersion >= record.version);
      if (!command) await continueAsNew<typeof machine>({ kind: 'continued', record, operationCount });
    }
  }
}

function without(record: MachineRecord, field: 'session' | 'deployment' | 'failure'): MachineRecord {
  const { [field]: _dropped, ...rest } = record;
  return rest;
}

function firstRecord(id: string, arrival: Arrival): MachineRecord {
  const at = now();
  return {
    id,
    version: 1,
    name: id,
    site: arrival.site,
    state: 'New',
    identity: arrival.identity,
    firmware: arrival.firmware,
    arch: arrival.arch,
    power: { driver: 'manual' },
    observedPower: { state: 'on', at },
    session: arrival.session,
    layers: [],
    createdAt: at,
    updatedAt: at,
  };
}
