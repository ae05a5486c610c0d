import type { Failure } from './errors.ts';
import type { OperationKind } from './transitions.ts';

export type StepState = 'running' | 'done' | 'skipped' | 'failed';

/** One named step of an operation. Its log lines are in the store, never in a workflow history. */
export interface Step {
  readonly name: string;
  readonly state: StepState;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly failure?: Failure;
  /** What it waits for, when it waits for something outside: `r1-u1 to say hello`. */
  readonly waitingFor?: string;
  readonly deadline?: string;
}

/** An operation keeps its steps after its end. Written by its own workflow only. */
export interface Operation {
  /** `<machine id>/<kind>/<number>`, also the end of its workflow id. */
  readonly id: string;
  readonly machineId: string;
  readonly kind: OperationKind;
  readonly version: number;
  readonly state: 'running' | 'succeeded' | 'failed';
  /** What was asked, for people. No secrets. */
  readonly summary: string;
  /** What it puts on the machine, or starts there: `debian/12`. */
  readonly image?: string;
  readonly planDigest?: string;
  readonly steps: readonly Step[];
  readonly failure?: Failure;
  readonly startedAt: string;
  readonly endedAt?: string;
}

/** Something that happened, to what, and by whom. Append-only; `cursor` grows. */
export interface Event {
  readonly cursor: number;
  readonly at: string;
  /** `machine.state`, `operation.step`, `boot.sign`, `boot.refused`, `image.synced` … */
  readonly kind: string;
  readonly machineId?: string;
  readonly operationId?: string;
  /** One sentence for people. */
  readonly message: string;
  readonly data?: Readonly<Record<string, string | number | boolean>>;
}
