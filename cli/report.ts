import { CommandError, type Report } from './command-error.ts';
import { exitStatus } from './exit-status.ts';
import { cleanJson } from './output.ts';
import type { Surroundings } from './surroundings.ts';
import { clean } from './text.ts';

/** Says what went wrong on stderr, as people or as programs read it. @returns the exit status. */
export function reportError(
  error: unknown,
  options: { readonly output?: unknown },
  { stderr }: Pick<Surroundings, 'stderr'>,
): number {
  const known = error instanceof CommandError ? error : unforeseen(error);
  const isForPrograms = options.output === 'json' || options.output === 'jsonl';
  stderr.write(isForPrograms ? `${cleanJson(known.report)}\n` : `${reportLines(known.report).join('\n')}\n`);
  return known.status;
}

export function reportLines({ code, message, cause, next, trace }: Report): readonly string[] {
  return [
    `error ${code}: ${clean(message)}`,
    `  why: ${clean(cause)}`,
    ...next.map((line) => `  do:  ${clean(line)}`),
    ...(trace === undefined ? [] : [`  trace ${clean(trace)}`]),
  ];
}

function unforeseen(error: unknown): CommandError {
  const message = error instanceof Error ? error.message : String(error);
  const cause = 'The command itself met something that it did not foresee.';
  const next = ['Please report it with the command line that you gave.'];
  return new CommandError({ code: 'INTERNAL', message, cause, next }, exitStatus.failed);
}
