import { type ErrorCode, errorTable } from './error-table.ts';

/** What travels in problem+json, in the store, on the command line and in workflow failures. Holds no secrets. */
export interface Failure {
  readonly code: ErrorCode;
  /** One sentence in the operator's words, naming the thing at fault. */
  readonly message: string;
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

export class CodedError extends Error {
  override readonly name = 'CodedError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, string | number | boolean>>;

  constructor(
    code: ErrorCode,
    message: string,
    details: Readonly<Record<string, string | number | boolean>> = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }

  get failure(): Failure {
    return { code: this.code, message: this.message, details: this.details };
  }
}

/** Branch on this, never on `instanceof` or on the message: two copies of a module must agree. */
export function codeOf(error: unknown): ErrorCode | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && Object.hasOwn(errorTable, code) ? (code as ErrorCode) : undefined;
}

export function failureOf(error: unknown): Failure {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (!code) return { code: 'INTERNAL', message };
  return { code, message, details: (error as CodedError).details };
}
