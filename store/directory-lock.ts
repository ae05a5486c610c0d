import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../model/index.ts';

/** Who holds a data directory. A process id alone may be somebody else's by now; with its start and the boot it is unique. */
interface Holder {
  readonly pid: number;
  /** Clock ticks after boot, proc(5) /proc/pid/stat field 22. Empty where there is no /proc. */
  readonly started: string;
  readonly bootId: string;
}

/**
 * PGlite ruins its files when two processes write them. One store per directory: the first takes the lock, the second is
 * told who holds it, and what a killed process left behind is taken over.
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, 'lock');
  const own = JSON.stringify(await holderOf(process.pid));
  const draft = `${path}.${process.pid}.${crypto.randomUUID()}`;
  await writeFile(draft, own, { mode: 0o600 });
  try {
    // link(2) makes the name and the content appear in one step, and fails if the name is there.
    while (!(await linked(draft, path))) {
      const text = await readFile(path, 'utf8').catch(() => undefined);
      if (text === undefined) continue;
      const holder = parseHolder(text);
      if (holder && (await isAlive(holder))) {
        throw new CodedError(
          'STORE_UNAVAILABLE',
          `The data directory ${directory} is in use by process ${holder.pid}.`,
          { directory, pid: holder.pid },
        );
      }
      await removeStale(path, text);
    }
  } finally {
    await rm(draft, { force: true });
  }
  return async () => {
    if ((await readFile(path, 'utf8').catch(() => '')) === own) await rm(path, { force: true });
  };
}

/** Moves the lock aside before it is removed: if it is not the one that was judged, somebody was faster and gets it back. */
async function removeStale(path: string, judged: string): Promise<void> {
  const aside = `${path}.stale.${process.pid}.${crypto.randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  if ((await readFile(aside, 'utf8')) !== judged) await linked(aside, path);
  await rm(aside, { force: true });
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function isAlive(holder: Holder): Promise<boolean> {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: it lives, as another user.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = await holderOf(holder.pid);
  return now.started === holder.started && now.bootId === holder.bootId;
}

async function holderOf(pid: number): Promise<Holder> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const bootId = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  // The second field is the program's name in parentheses, and may hold spaces and parentheses itself.
  const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  return { pid, started, bootId: bootId.trim() };
}

function parseHolder(text: string): Holder | undefined {
  try {
    const { pid, started, bootId } = JSON.parse(text) as Partial<Holder>;
    if (!Number.isSafeInteger(pid) || (pid as number) <= 0) return undefined;
    return { pid: pid as number, started: started ?? '', bootId: bootId ?? '' };
  } catch {
    return undefined;
  }
}
