import { mkdir, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';

/** A process as it can be told from a later one with the same number. */
export interface ProcessMark {
  readonly pid: number;
  /** Clock ticks after boot: field 22 of /proc/PID/stat (proc(5)). */
  readonly startTime: string;
}

/** Starts a program that outlives us, unless the one started before is still there. Its log lies beside its mark. */
export async function ensureDaemon(daemon: {
  readonly directory: string;
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly namespace?: string;
  readonly workingDirectory?: string;
}): Promise<void> {
  const file = join(daemon.directory, `${daemon.name}.pid`);
  const known = await readMark(file);
  if (known !== undefined && (await isRunning(known))) return;
  await mkdir(daemon.directory, { recursive: true });
  // `ip netns exec` and sh both become the program, so the process number is the program's.
  const enter = daemon.namespace === undefined ? [] : ['ip', 'netns', 'exec', daemon.namespace];
  const log = join(daemon.directory, `${daemon.name}.log`);
  const child = execa('sh', ['-c', INTO_LOG, log, ...enter, ...daemon.command], {
    detached: true,
    cleanup: false,
    cwd: daemon.workingDirectory ?? daemon.directory,
    stdio: 'ignore',
  });
  child.nodeChildProcess.unref();
  // A start that failed is told by the daemon's readiness check and its log.
  child.catch(() => {});
  const startTime = child.pid === undefined ? undefined : await startTimeOf(child.pid);
  if (startTime !== undefined) await writeFile(file, `${child.pid} ${startTime}\n`);
}

/**
 * A program of ours that reads its configuration once: another one (a stream that was built anew) needs another
 * process.
 */
export async function ensureConfigured(daemon: {
  readonly directory: string;
  readonly name: string;
  /** Gets the file of its configuration as its one argument. */
  readonly main: string;
  readonly config: unknown;
  readonly graceMs?: number;
}): Promise<void> {
  const { directory, name, main, graceMs } = daemon;
  const file = join(directory, `${name}.json`);
  const config = JSON.stringify(daemon.config, null, 1);
  const running = await readMark(join(directory, `${name}.pid`));
  const configured = await readFile(file, 'utf8').catch(() => '');
  if (running !== undefined && configured !== config) await endAll([running], graceMs);
  await mkdir(directory, { recursive: true });
  await writeFile(file, config);
  await ensureDaemon({ directory, name, command: [process.execPath, main, file] });
}

/** The program writes its own log: a pipe to us would end with us. */
const INTO_LOG = 'exec "$@" >>"$0" 2>&1';

export async function readMark(file: string): Promise<ProcessMark | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  // Other programs keep .pid files of their own form below us; those are not ours to judge.
  const [, pid, startTime] = /^(\d+) (\d+)\n$/.exec(text) ?? [];
  return pid !== undefined && startTime !== undefined ? { pid: Number(pid), startTime } : undefined;
}

export async function isRunning(mark: ProcessMark): Promise<boolean> {
  return (await startTimeOf(mark.pid)) === mark.startTime;
}

/** Every process whose pid file lies somewhere below `directory`. */
export async function processesOfFiles(directory: string): Promise<ProcessMark[]> {
  const names = await readdir(directory, { recursive: true }).catch(() => []);
  const marks = await Promise.all(
    names.filter((name) => name.endsWith('.pid')).map((name) => readMark(join(directory, name))),
  );
  const alive: ProcessMark[] = [];
  for (const mark of marks) if (mark !== undefined && (await isRunning(mark))) alive.push(mark);
  return alive;
}

/** Every process in the namespace: whatever is in it was put there by us. */
export async function processesOfNamespace(namespace: string): Promise<ProcessMark[]> {
  const wanted = await stat(join('/run/netns', namespace)).catch(() => undefined);
  if (wanted === undefined) return [];
  const members: ProcessMark[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const link = await readlink(`/proc/${name}/ns/net`).catch(() => '');
    if (link !== `net:[${wanted.ino}]`) continue;
    const startTime = await startTimeOf(Number(name));
    if (startTime !== undefined) members.push({ pid: Number(name), startTime });
  }
  return members;
}

export async function commandOf(pid: number): Promise<string> {
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return line.split('\0').filter(Boolean).slice(0, 4).join(' ');
}

/** Asks all to end and, those that have not when `graceMs` are over, makes them. Returns when none is left. */
export async function endAll(all: readonly ProcessMark[], graceMs = 1500): Promise<void> {
  const marks = all.filter((mark) => mark.pid !== process.pid);
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    for (const mark of marks) {
      if (await isRunning(mark)) signalQuietly(mark.pid, signal);
    }
    const patience = signal === 'SIGTERM' ? graceMs : 1500;
    for (const deadline = Date.now() + patience; Date.now() < deadline; ) {
      const states = await Promise.all(marks.map(isRunning));
      if (!states.includes(true)) return;
      await sleep(50);
    }
  }
}

function signalQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone in the meantime, which is what was wanted.
  }
}

/** undefined when there is none, or only a zombie, which holds nothing any more. */
async function startTimeOf(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : fields[19];
}
