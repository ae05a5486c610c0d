import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
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
  run<Result>(name: string, work: (context: StepContext) => Promise<Result>): Promise<Result>;
  /** Notes a step that had nothing to do. */
  skip(name: string): Promise<void>;
}

export function createSteps(start: Operation): Steps {
  let operation = start;
  const record = async (steps: readonly Step[]): Promise<void> => {
    operation = { ...operation, steps, version: operation.version + 1 };
    await recordOperation(operation);
  };
  const replaceLast = (change: Partial<Step>): Promise<void> => {
    const last = operation.steps.at(-1) as Step;
    return record([...operation.steps.slice(0, -1), { ...last, ...change }]);
  };
  return {
    operationId: start.id,
    async run(name, work) {
      await record([...operation.steps, { name, state: 'running', startedAt: now() }]);
      try {
        const result = await work({
          waitFor: (what, deadline) => replaceLast({ waitingFor: what, deadline: deadline.toISOString() }),
        });
        await replaceLast({ state: 'done', endedAt: now() });
        return result;
      } catch (error) {
        await replaceLast({ state: 'failed', endedAt: now(), failure: failureOf(error) });
        throw error;
      }
    },
    skip: (name) =>
      record([...operation.steps, { name, state: 'skipped', startedAt: now(), endedAt: now() }]),
  };
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
 * The type of the innermost ApplicationFailure is our code; a timeout has none and becomes STEP_DEADLINE.
 */
export function failureOf(error: unknown): Failure {
  for (let layer: unknown = error; layer instanceof Error; layer = layer.cause) {
    if (layer instanceof ApplicationFailure) {
      const [details] = (layer.details ?? []) as [Failure?];
      if (codeOf(details)) return details as Failure;
      if (codeOf({ code: layer.type }))
        return { code: layer.type as Failure['code'], message: layer.message };
    }
    const isBoundary = layer instanceof ActivityFailure || layer instanceof ChildWorkflowFailure;
    if (!isBoundary && layer.name === 'TimeoutFailure') {
      return {
        code: 'STEP_DEADLINE',
        message: 'The step took longer than it may; its last try is in its log.',
      };
    }
  }
  return { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error) };
}
