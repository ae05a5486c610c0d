import { CommandError } from '../command-error.ts';

/** The service, its database or Temporal may be started again while somebody watches; what is at work does not care. */
export const patienceMs = 60_000;

/** Failures of asking how far something is that say nothing about it. */
export function isPassing(error: unknown): boolean {
  const code = error instanceof CommandError ? error.report.code : undefined;
  return code === 'API_UNREACHABLE' || code === 'STORE_UNAVAILABLE' || code === 'TEMPORAL_UNAVAILABLE';
}
