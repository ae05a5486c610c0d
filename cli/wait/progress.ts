import type { OperationView } from '../../api/index.ts';

/** One operation that is watched. */
export interface Target {
  readonly machine: string;
  readonly operationId: string;
}

export interface Progress {
  readonly target: Target;
  /** Undefined until it was seen for the first time. */
  readonly operation?: OperationView;
}

export function hasEnded({ operation }: Progress): boolean {
  return operation !== undefined && operation.state !== 'running';
}
