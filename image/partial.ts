import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageFile } from '../model/index.ts';

/**
 * A file on its way is called `<hash>.<pid>`: nobody else writes to it while that process lives, because a second writer
 * could change it after it was checked. What a dead process left is renamed, which only one can do, and goes on growing.
 */
export async function claimPartial(
  directory: string,
  file: ImageFile,
): Promise<{ readonly path: string; readonly size: number }> {
  const own = join(directory, `${file.sha256}.${process.pid}`);
  if ((await sizeOf(own)) === undefined) {
    for (const { name, pid } of await partialsOf(directory, file.sha256)) {
      if (isAlive(pid)) continue;
      const claimed = await rename(join(directory, name), own).then(
        () => true,
        () => false,
      );
      if (claimed) break;
    }
  }
  return { path: own, size: (await sizeOf(own)) ?? 0 };
}

/** What others left of a file that is here now. */
export async function discardPartials(directory: string, sha256: string): Promise<void> {
  for (const { name, pid } of await partialsOf(directory, sha256)) {
    if (!isAlive(pid)) await rm(join(directory, name), { force: true });
  }
}

async function partialsOf(directory: string, sha256: string) {
  const names = await readdir(directory);
  return names
    .filter((name) => name.startsWith(`${sha256}.`))
    .map((name) => ({ name, pid: Number(name.slice(sha256.length + 1)) }));
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size;
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
