import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { CodedError } from '../model/index.ts';

/** Where distributions put programs. Not $PATH: who can set that should not get our passwords. */
export const binDirectories = ['/usr/bin', '/usr/local/bin', '/usr/sbin', '/usr/local/sbin', '/bin', '/sbin'];

export interface Program {
  readonly name: string;
  /** Which package of the distribution it is in. */
  readonly package: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export type Ran =
  | { readonly ended: 'exit'; readonly exitCode: number; readonly stdout: string; readonly stderr: string }
  | { readonly ended: 'timeout' }
  | { readonly ended: 'flood' };

const maxOutputBytes = 256 * 1024;

/** The whole path of a program. @throws CodedError TOOL_MISSING */
export async function findProgram(
  { name, package: from }: Program,
  directories: readonly string[],
): Promise<string> {
  for (const directory of directories) {
    const candidate = join(directory, name);
    const runs = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return candidate;
  }
  const message = `${name} is in none of ${directories.join(', ')}.`;
  throw new CodedError('TOOL_MISSING', message, { tool: name, package: from });
}

/** One run with words as they are, nothing of our environment, and an end to time and output. */
export async function runProgram(
  path: string,
  { environment, timeoutMs }: Program,
  words: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Ran> {
  const result = await execa(path, words, {
    extendEnv: false,
    env: { LC_ALL: 'C', ...environment },
    cwd: '/',
    stdin: 'ignore',
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: maxOutputBytes,
    reject: false,
    ...(signal && { cancelSignal: signal }),
  });
  if (result.isCanceled) throw signal?.reason;
  if (result.timedOut) return { ended: 'timeout' };
  if (result.isMaxBuffer) return { ended: 'flood' };
  return { ended: 'exit', exitCode: result.exitCode ?? -1, stdout: result.stdout, stderr: result.stderr };
}
