import type { Failure } from './errors.ts';
import type { ObservedPower } from './power.ts';

/** One try of one activity of an operation. Without an end it is at work, or its worker is gone. */
export interface Attempt {
  readonly operationId: string;
  /** Of one scheduling; its tries share it. */
  readonly activityId: string;
  readonly activity: string;
  /** From 1. */
  readonly attempt: number;
  readonly beganAt: string;
  readonly endedAt?: string;
  readonly failure?: Failure;
}

/** How long a step usually takes, learned from machines of the same model with the same image. Seconds. */
export interface UsualTime {
  readonly p50: number;
  readonly p95: number;
  /** How many times it was seen. */
  readonly count: number;
  /** False when too few of the same model and image were seen, and all machines count. */
  readonly alike: boolean;
}

/** What a step time is learned under. */
export interface StepTime {
  readonly place: number;
  readonly step: string;
  readonly seconds: number;
}

/** The newest look that told a power state, and the trouble that newer looks had. */
export interface KnownPower extends Omit<ObservedPower, 'error'> {
  readonly trouble?: { readonly error: string; readonly at: string };
}
