import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** What a stage is made from, as a short name: same inputs, same name, nothing to build. */
export function stampOf(inputs: unknown): string {
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 16);
}

/**
 * Builds `directory`/`kind`-`stamp` unless it is there. The work is done beside it and renamed at the end, so what
 * carries the name is whole, and a killed build leaves only scratch that the next one removes.
 */
export async function stage(
  directory: string,
  kind: string,
  stamp: string,
  build: (scratch: string) => Promise<void>,
): Promise<{ readonly path: string; readonly built: boolean }> {
  await mkdir(directory, { recursive: true });
  const name = `${kind}-${stamp}`;
  const path = join(directory, name);
  const present = await readdir(directory);
  await removeDeadScratch(directory, present);
  if (present.includes(name)) return { path, built: false };
  const scratch = join(directory, `.${kind}.${process.pid}`);
  await mkdir(scratch);
  await build(scratch);
  try {
    await rename(scratch, path);
  } catch (error) {
    // Somebody else built the same meanwhile; theirs is as good.
    if (!(await readdir(directory)).includes(name)) throw error;
    await rm(scratch, { recursive: true });
    return { path, built: false };
  }
  for (const old of present) {
    if (old.startsWith(`${kind}-`)) await rm(join(directory, old), { recursive: true, force: true });
  }
  return { path, built: true };
}

async function removeDeadScratch(directory: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const pid = Number(/^\.\w+\.(\d+)$/.exec(name)?.[1]);
    if (!Number.isInteger(pid)) continue;
    if (pid !== process.pid && isAlive(pid)) continue;
    await rm(join(directory, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
