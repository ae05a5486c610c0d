import { type ErrorCode, errorTable } from '../model/index.ts';
import { exitStatus, statusOfRefusal } from './exit-status.ts';

/** What the operator reads: code, what, why, what to do. */
export interface Report {
  readonly code: string;
  readonly message: string;
  readonly cause: string;
  readonly next: readonly string[];
  readonly trace?: string;
}

export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly report: Report;
  readonly status: number;

  constructor(report: Report, status: number = statusOfRefusal(report.code)) {
    super(report.message);
    this.report = report;
    this.status = status;
  }
}

export function codedError(code: ErrorCode, message: string, status?: number): CommandError {
  return new CommandError(reportOf({ code, message }), status);
}

export function usageError(message: string, ...next: readonly string[]): CommandError {
  const cause = 'The command line cannot be carried out as it is.';
  return new CommandError({ code: 'USAGE', message, cause, next }, exitStatus.usage);
}

/** A failure of the service or of an operation, with the words of the error table. */
export function reportOf(failure: { readonly code: string; readonly message: string }): Report {
  const known = Object.hasOwn(errorTable, failure.code) ? failure.code : 'INTERNAL';
  const { cause, next } = errorTable[known as ErrorCode];
  return { code: failure.code, message: failure.message, cause, next };
}
