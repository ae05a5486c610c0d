import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowFailure,
  isCancellation,
  proxyActivities,
} from '@temporalio/workflow';
import type { OperationRecorder } from '../activities/index.ts';
import { codeOf, type Failure } from '../model/errors.ts';
import type { Operation, Step } from '../model/operation.ts';
import { bookkeeping } from './policies.ts';

const { recordOperation } = proxyActivities<OperationRecorder>(bookkeeping);

export interface StepContext {
  /** Shows what the running step waits for, and until when. */
  waitFor(what: string, deadline: Date): Promise<void>;
}

/** The named steps of one operation. Each beginning and end is in the store before the next step starts. */
export interface Steps {
  readonly operationId: string;
  /** Several may run side by side. */
  run<Result>(
    name: string,
    work: (context: StepContext) => Promise<Result>,
    /** Told by what it did: there was nothing to do. */
    isIdle?: (result: Result) => boolean,
  ): Promise<Result>;
  /** Notes a step that had nothing to do. */
  skip(name: string): Promise<void>;
}

export function createSteps(start: Operation): Steps {
  let operation = start;
  const record = async (steps: readonly Step[]): Promise<void> => {
    operation = { ...operation, steps, version: operation.version + 1 };
    await recordOperation(operation);
  };
  const add = (step: Step): { index: number; recorded: Promise<void> } => ({
    index: operation.steps.length,
    recorded: record([...operation.steps, step]),
  });
  const change = (index: number, values: Partial<Step>): Promise<void> =>
    record(operation.steps.map((step, at) => (at === index ? { ...step, ...values } : step)));
  return {
    operationId: start.id,
    async run(name, work, isIdle) {
      const { index, recorded } = add({ name, state: 'running', startedAt: now() });
      await recorded;
      try {
        const result = await work({
          waitFor: (what, deadline) => change(index, { waitingFor: what, deadline: deadline.toISOString() }),
        });
        await change(index, { state: isIdle?.(result) ? 'skipped' : 'done', endedAt: now() });
        return result;
      } catch (error) {
        const failed = { state: 'failed', endedAt: now(), failure: failureOf(error) } as const;
        // A step that an operator stopped is written down all the same.
        if (isCancellation(error)) await CancellationScope.nonCancellable(() => change(index, failed));
        else await change(index, failed);
        throw error;
      }
    },
    skip: (name) => add({ name, state: 'skipped', startedAt: now(), endedAt: now() }).recorded,
  };
}

/** What of an operation may be stopped by an operator, and what is put in order afterwards. */
export async function stoppable<Result>(
  work: () => Promise<Result>,
  putInOrder: () => Promise<void>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (isCancellation(error)) await CancellationScope.nonCancellable(putInOrder);
    throw error;
  }
}

/** `45 seconds`, `15 minutes`, `72 hours`. */
export function spokenTime(ms: number): string {
  const [unit, length] =
    ms < 60_000
      ? (['second', 1_000] as const)
      : ms < 2 * 3_600_000
        ? (['minute', 60_000] as const)
        : (['hour', 3_600_000] as const);
  const count = Math.round(ms / length);
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

export function now(): string {
  return new Date().toISOString();
}

/** A coded failure that ends a workflow or refuses an update. */
export function failWith(failure: Failure): ApplicationFailure {
  return ApplicationFailure.create({
    type: failure.code,
    message: failure.message,
    nonRetryable: true,
    details: [failure],
  });
}

/**
 * What went wrong, out of the layers that Temporal puts around it: ActivityFailure or ChildWorkflowFailure → cause.
 * The type of the innermost ApplicationFailure is our code. When the time for all tries is over during one of them,
 * Temporal puts a TimeoutFailure around what the try before it failed with: that says more. Alone it is STEP_DEADLINE.
 */
export function failureOf(error: unknown): Failure {
  if (isCancellation(error)) return { code: 'ABORTED', message: 'An operator stopped it.' };
  let isLate = false;
  for (let layer: unknown = error; layer instanceof Error; layer = layer.cause) {
    if (layer instanceof ApplicationFailure) {
      const [details] = (layer.details ?? []) as [Failure?];
      if (codeOf(details)) return details as Failure;
      if (codeOf({ code: layer.type }))
        return { code: layer.type as Failure['code'], message: layer.message };
    }
    const isBoundary = layer instanceof ActivityFailure || layer instanceof ChildWorkflowFailure;
    isLate ||= !isBoundary && layer.name === 'TimeoutFailure';
  }
  if (isLate) {
    return {
      code: 'STEP_DEADLINE',
      message: 'The step took longer than it may; its last try is in its log.',
    };
  }
  return { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error) };
}
