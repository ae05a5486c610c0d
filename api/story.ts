import type { Client } from '@temporalio/client';
import type { Attempt, Failure, Operation, Step, UsualTime } from '../model/index.ts';
import type { Store } from '../store/types.ts';
import { machineWorkflowId } from '../workflows/messages.ts';
import type { OperationView } from './machine-view.ts';
import type { Parts } from './parts.ts';
import { withTemporal } from './temporal.ts';

/** How often a step was tried, and what the newest try is about. */
export interface Tries {
  readonly count: number;
  /** Why the last try that ended in failure did; a try that is at work has no reason yet. */
  readonly lastFailure?: Failure;
  /** Tries that ended with the process that was at it. */
  readonly cutOff: number;
  /** When the next try begins; absent while one is at work. */
  readonly nextAt?: string;
}

export interface StepStory extends Step {
  readonly tries?: Tries;
  /** How long it usually takes. */
  readonly usual?: UsualTime;
}

export interface OperationStory extends OperationView {
  readonly steps: readonly StepStory[];
}

/** An operation with what was tried, and with how long its steps usually take. */
export async function tellOperation(
  { store, temporal }: Pick<Parts, 'store' | 'temporal'>,
  operation: OperationView,
): Promise<OperationStory> {
  const [attempts, usual, nextAt] = await Promise.all([
    store.timeline.attempts(operation.id),
    usualTimes(store, operation),
    operation.state === 'running' ? nextTry(temporal, operation.id) : undefined,
  ]);
  return {
    ...operation,
    steps: operation.steps.map((step) => {
      const tries = triesOf(step, attempts, step.state === 'running' ? nextAt : undefined);
      const time = usual.get(step.name);
      return { ...step, ...(tries && { tries }), ...(time && { usual: time }) };
    }),
  };
}

/** Tries that began while the step was at work. A step that went well at once has nothing to tell. */
export function triesOf(
  step: Step,
  attempts: readonly Attempt[],
  nextAt: string | undefined,
): Tries | undefined {
  const own = attempts.filter(
    ({ beganAt }) => beganAt >= step.startedAt && (!step.endedAt || beganAt <= step.endedAt),
  );
  const count = Math.max(0, ...own.map(({ attempt }) => attempt));
  if (count === 0 || (count === 1 && !own.some(({ failure }) => failure))) return undefined;
  const lastFailure = own.findLast(({ failure }) => failure)?.failure;
  const cutOff = own.filter(
    (one) =>
      !one.endedAt && own.some((other) => other.activityId === one.activityId && other.attempt > one.attempt),
  ).length;
  return { count, cutOff, ...(lastFailure && { lastFailure }), ...(nextAt && { nextAt }) };
}

async function usualTimes(store: Store, operation: Operation): Promise<ReadonlyMap<string, UsualTime>> {
  const found = await store.inventories.latest(operation.machineId);
  const like = { model: found?.inventory.system.product ?? '', image: operation.image ?? '' };
  const names = [...new Set(operation.steps.map(({ name }) => name))];
  const times = await Promise.all(
    names.map(async (name) => [name, await store.timeline.usual(operation.kind, name, like)] as const),
  );
  return new Map(times.flatMap(([name, time]) => (time ? [[name, time]] : [])));
}

/** temporal.api.enums.v1.PendingActivityState */
const SCHEDULED = 1;
const ANSWER_WITHIN_MS = 2_000;

/** Only Temporal knows it; without an answer the story is told without. */
async function nextTry(temporal: () => Client, operationId: string): Promise<string | undefined> {
  try {
    const { raw } = await withTemporal(
      temporal,
      (client) => client.workflow.getHandle(machineWorkflowId(operationId)).describe(),
      ANSWER_WITHIN_MS,
    );
    const waiting = raw.pendingActivities?.find(
      ({ state, attempt }) => Number(state) === SCHEDULED && (attempt ?? 1) > 1,
    );
    const seconds = waiting?.scheduledTime?.seconds;
    return seconds ? new Date(Number(seconds) * 1_000).toISOString() : undefined;
  } catch {
    return undefined;
  }
}
