import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { fileURLToPath } from 'node:url';

const hook = fileURLToPath(new URL('crash-hook.ts', import.meta.url));
const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

/** Roles of the program, in a process that is started again whenever it ends, as a supervisor would. */
export interface KeptProcess {
  /** How often somebody killed it. */
  readonly deaths: () => number;
  /** How often it ended by itself. */
  readonly exits: () => number;
  kill(): void;
  /** Resolves when all of its roles run for the first time; rejects when they do not come up. */
  readonly ready: Promise<void>;
  stop(): Promise<void>;
}

/** Before it ran once, it may end by itself so often. */
const MOST_EXITS = 5;
/** Who ends by itself is not started again at once: systemd's RestartSec has a reason. */
const RESTART_MS = 500;

/** @param crashPoint where the workers of this process find their mines */
export function keepProcess(flags: readonly string[], logFile: string, crashPoint?: string): KeptProcess {
  const log = createWriteStream(logFile);
  const imports = crashPoint === undefined ? [] : ['--import', hook];
  let child: ChildProcess;
  let deaths = 0;
  let exits = 0;
  let stopped = false;
  let restart: NodeJS.Timeout | undefined;
  const ready = Promise.withResolvers<void>();
  ready.promise.catch(() => undefined);
  const start = (): void => {
    child = spawn(
      'setpriv',
      ['--pdeathsig', 'KILL', '--', process.execPath, ...imports, main, 'up', ...flags],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, ...(crashPoint !== undefined && { RW_CRASH_POINT: crashPoint }) },
      },
    );
    for (const stream of [child.stdout, child.stderr]) {
      stream?.pipe(log, { end: false });
      stream?.on('data', (chunk: Buffer) => {
        if (chunk.includes('Rackwright runs.')) ready.resolve();
      });
    }
    child.once('exit', (code, signal) => {
      if (stopped) return;
      log.write(`-- ended: ${signal ?? code} at ${new Date().toISOString()}\n`);
      if (signal === 'SIGKILL') {
        deaths += 1;
        start();
      } else {
        exits += 1;
        if (exits > MOST_EXITS) ready.reject(new Error(`it does not come up; its log is ${logFile}`));
        restart = setTimeout(start, RESTART_MS);
      }
    });
  };
  start();
  return {
    deaths: () => deaths,
    exits: () => exits,
    kill: () => void child.kill('SIGKILL'),
    ready: ready.promise,
    async stop() {
      stopped = true;
      clearTimeout(restart);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
