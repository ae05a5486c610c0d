import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const launcher = fileURLToPath(new URL('../../cli/rackwright', import.meta.url));

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly program?: string;
  /** Told all output so far after each piece; may signal the program, or type. */
  readonly onOutput?: (
    text: string,
    kill: (signal: NodeJS.Signals) => void,
    type: (text: string) => void,
  ) => void;
  /** Leaves the input open for typing. */
  readonly types?: boolean;
}

/** The real program as a process of its own, with nothing of our environment but the path. */
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(options.program ?? launcher, args, {
      env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent', ...options.env },
    });
    let stdout = '';
    let stderr = '';
    const kill = (signal: NodeJS.Signals): void => void child.kill(signal);
    const type = (text: string): void => void child.stdin.write(text);
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
      options.onOutput?.(stdout, kill, type);
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
      options.onOutput?.(stderr, kill, type);
    });
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, stdout, stderr }));
    if (!options.types) child.stdin.end(options.input ?? '');
  });
}

/** On a terminal of its own: script(1) makes one. Both outputs arrive as one. */
export function runCliOnTerminal(args: readonly string[], options: CliOptions = {}): Promise<Ended> {
  const words = [launcher, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  return runCli(['-qfec', words, '/dev/null'], {
    ...options,
    program: 'script',
    env: { TERM: 'xterm', COLUMNS: '100', LINES: '40', SHELL: '/bin/sh', ...options.env },
  });
}
