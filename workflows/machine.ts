import {
  allHandlersFinished,
  CancellationScope,
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
import type { Failure } from '../model/errors.ts';
import type { MachineRecord } from '../model/machine.ts';
import type { Operation } from '../model/operation.ts';
import type { Accepted, MarkRequest } from '../model/requests.ts';
import {
  allowedOperations,
  begin,
  end,
  keptOf,
  type MarkKind,
  mayAsk,
  type OperationKind,
} from '../model/transitions.ts';
import { type Ask, type Command, execute, summaryOf } from './command.ts';
import {
  abortUpdate,
  applyLayerUpdate,
  arrivalUpdate,
  arrivedSignal,
  commissionUpdate,
  configureUpdate,
  deployUpdate,
  exitRescueUpdate,
  installedSignal,
  machineWorkflowId,
  markUpdate,
  powerUpdate,
  recordQuery,
  releaseUpdate,
  removeLayerUpdate,
  rescueUpdate,
  testUpdate,
} from './messages.ts';
import { lost, type MachineInput, recordFrom, without } from './machine-record.ts';
import { bookkeeping } from './policies.ts';
import { failWith, failureOf, now } from './steps.ts';

/** How long an update waits for an operation that is just about to end. */
const SETTLE_MS = 1_000;

const { recordMachine } = proxyActivities<MachineRecorder>(bookkeeping);
const { recordOperation, endOperation } = proxyActivities<OperationRecorder>(bookkeeping);

/**
 * A machine's life. It alone decides what may happen next, by the table in `model/transitions.ts`; everybody else asks it
 * by updates. One operation at a time, each a child workflow with an end.
 */
export async function machine(input: MachineInput): Promise<void> {
  let record = recordFrom(input);
  let operationCount = 'operationCount' in input ? input.operationCount : 0;
  let recordedVersion = input.kind === 'continued' ? record.version : 0;
  let command: Command | undefined;
  let stopped: { readonly operationId: string; readonly reason: string } | undefined;

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
    const kept = keptOf(record);
    if (mayAsk(record.state, kind, kept)) return;
    const may = allowedOperations(record.state, kept).join(', ') || 'nothing';
    const stands = `${record.state}${kept.isAdopted ? ', adopted with the system that it had' : ''}${record.locked ? ` and locked (${record.locked.reason})` : ''}`;
    throw failWith({
      code: 'STATE_CONFLICT',
      message: `${name()} is ${stands}: ${kind} may not be asked now. May be asked: ${may}.`,
    });
  };

  const accept = async (kind: OperationKind, summary: string): Promise<Operation> => {
    // Not a validator: after a worker's restart an update may be handled before the end of the operation that went
    // before it is replayed, and would be refused for something that is long over.
    await condition(() => command === undefined, SETTLE_MS);
    demand(kind);
    operationCount += 1;
    const id = `${record.id}/${kind}/${operationCount}`;
    return {
      id,
      machineId: record.id,
      kind,
      version: 1,
      state: 'running',
      summary,
      steps: [],
      startedAt: now(),
    };
  };

  /** Takes the machine for one operation. Returns when the store shows it, so that whoever asked can look. */
  const take = async (ask: Ask): Promise<Accepted> => {
    const image = 'request' in ask && ask.request && 'image' in ask.request ? ask.request.image : undefined;
    const operation = { ...(await accept(ask.kind, summaryOf(ask))), ...(image && { image }) };
    const { state, aside } = record;
    record = without(record, 'failure');
    // What a deployment brings takes the place of what one before it left unfinished.
    if (ask.kind === 'deploy') record = without(record, 'deployment');
    change({ ...begin(ask.kind, record), operationId: operation.id });
    const { version } = record;
    const scope = new CancellationScope();
    command = { ask, machine: record, before: { state, ...(aside && { aside }) }, operation, scope };
    await recordOperation(operation);
    await isRecorded(version);
    return { operationId: operation.id };
  };

  /** Writes down what a person says about the machine. Nothing of it is touched. */
  const mark = async (kind: MarkKind, { reason }: MarkRequest): Promise<Accepted> => {
    const operation = await accept(kind, `${markWords[kind]}: ${reason}`);
    const before = record;
    record = without(record, 'failure');
    if (kind === 'unlock') record = without(record, 'locked');
    change({
      ...end(kind, 'success', begin(kind, record), before),
      ...(kind === 'lock' && { locked: { reason, since: operation.startedAt } }),
      operationId: operation.id,
    });
    const { version } = record;
    await recordOperation({ ...operation, state: 'succeeded', endedAt: operation.startedAt });
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
  setHandler(installedSignal, ({ operationId, deployment }) => {
    if (command?.operation.id !== operationId) return;
    record = without(record, 'session');
    change({ deployment, observedPower: { state: 'on', at: now() } });
  });
  setHandler(commissionUpdate, () => take({ kind: 'commission' }));
  setHandler(deployUpdate, (request) => take({ kind: 'deploy', request }));
  setHandler(testUpdate, (request) => take({ kind: 'test', request }));
  setHandler(releaseUpdate, (request) => take({ kind: 'release', ...(request && { request }) }));
  setHandler(rescueUpdate, (request) => take({ kind: 'rescue', request }));
  setHandler(exitRescueUpdate, () => take({ kind: 'exit-rescue' }));
  setHandler(markUpdate, mark);
  setHandler(abortUpdate, async ({ reason }) => {
    if (command) {
      stopped = { operationId: command.operation.id, reason };
      command.scope.cancel();
      return { operationId: command.operation.id };
    }
    // Whoever stops what has just ended got what was wanted.
    if (record.operationId !== undefined) return { operationId: record.operationId };
    throw failWith({ code: 'STATE_CONFLICT', message: `Nothing was asked of ${name()} yet.` });
  });
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

  if (input.kind === 'revived' && record.operationId !== undefined)
    await endOperation({ operationId: record.operationId, failure: lost });

  for (;;) {
    await condition(() => command !== undefined || workflowInfo().continueAsNewSuggested);
    if (command) {
      const taken = command;
      const { operation, before } = taken;
      try {
        const outcome = await taken.scope.run(() => execute(taken));
        for (const field of outcome.forget ?? []) record = without(record, field);
        change({ ...outcome.change, ...end(operation.kind, 'success', record, before) });
        await endOperation({ operationId: operation.id });
      } catch (error) {
        const isAborted = stopped?.operationId === operation.id && isCancellation(error);
        const failure: Failure = isAborted
          ? { code: 'ABORTED', message: `An operator stopped it: ${stopped?.reason}` }
          : failureOf(error);
        const isHalfway = operation.kind === 'deploy' && record.deployment !== undefined;
        const how = isHalfway ? 'halfway' : isAborted ? 'aborted' : 'failure';
        change({ ...end(operation.kind, how, record, before), failure });
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

const markWords: Readonly<Record<MarkKind, string>> = {
  lock: 'Locked',
  unlock: 'Unlocked',
  'mark-broken': 'Marked broken',
  'mark-fixed': 'Marked fixed',
  retire: 'Retired',
  'override-failed': 'Failure overridden',
};
