import { type ErrorCode, errorTable } from '../model/index.ts';

/** What scripts branch on. These numbers do not change. */
export const exitStatus = {
  done: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  login: 4,
  conflict: 5,
  partlyFailed: 6,
  waitsForPerson: 7,
  waitTimedOut: 8,
  detached: 130,
} as const;

/** For a request that was refused. */
export function statusOfRefusal(code: string): number {
  if (code === 'USAGE' || code === 'REQUEST_INVALID') return exitStatus.usage;
  if (code === 'NAME_AMBIGUOUS') return exitStatus.notFound;
  if (code === 'POWER_MANUAL') return exitStatus.waitsForPerson;
  switch (errorTable[code as ErrorCode]?.status) {
    case 401:
    case 403:
      return exitStatus.login;
    case 404:
      return exitStatus.notFound;
    case 409:
      return exitStatus.conflict;
    default:
      return exitStatus.failed;
  }
}

/** For an operation that was carried out and ended badly. */
export function statusOfFailure(code: string): number {
  return code === 'POWER_MANUAL' ? exitStatus.waitsForPerson : exitStatus.failed;
}

/** For several at once. */
export function statusOfAll(statuses: readonly number[]): number {
  const [first = exitStatus.done] = statuses;
  if (statuses.every((status) => status === first)) return first;
  return statuses.includes(exitStatus.done) ? exitStatus.partlyFailed : exitStatus.failed;
}
