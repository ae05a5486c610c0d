import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { fileURLToPath } from 'node:url';

const hook = fileURLToPath(new URL('crash-hook.ts', import.meta.url));
const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

/** The roles that do the work, in a process that is started again whenever it is killed. */
export interface WorkerProcess {
  readonly deaths: () => number;
  stop(): Promise<void>;
}

export function keepWorker(flags: readonly string[], crashPoint: string, logFile: string): WorkerProcess {
  const log = createWriteStream(logFile);
  let child: ChildProcess;
  let deaths = 0;
  let stopped = false;
  const start = (): void => {
    child = spawn(
      'setpriv',
      ['--pdeathsig', 'KILL', '--', process.execPath, '--import', hook, main, 'up', ...flags],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, RW_CRASH_POINT: crashPoint },
      },
    );
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    child.once('exit', (_code, signal) => {
      if (stopped) return;
      if (signal === 'SIGKILL') deaths += 1;
      start();
    });
  };
  start();
  return {
    deaths: () => deaths,
    async stop() {
      stopped = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
