import type { Session } from './session.ts';

export interface Flag {
  /** As commander writes them: `--image <name>`. */
  readonly flags: string;
  readonly description: string;
  readonly choices?: readonly string[];
  readonly fallback?: string;
  readonly required?: boolean;
  /** May be given more than once. */
  readonly repeats?: boolean;
}

export type Options = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

export interface Call {
  readonly args: readonly string[];
  readonly options: Options;
  readonly session: Session;
}

/** One leaf command. Its name, arguments and one-line summary are in `commands.ts`, so that help needs no other file. */
export interface CommandSpec {
  readonly description: string;
  readonly flags?: readonly Flag[];
  /** Lines to copy; the tests parse every one of them. */
  readonly examples: readonly string[];
  /** @returns the exit status. */
  run(call: Call): Promise<number>;
}

export function text(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

export function texts(options: Options, name: string): readonly string[] {
  const value = options[name];
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? (value as readonly string[]) : [];
}

export function isSet(options: Options, name: string): boolean {
  return options[name] === true;
}
