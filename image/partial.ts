import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageFile } from '../model/index.ts';

/**
 * A file on its way is called `<hash>.<pid>`: nobody else writes to it while that process lives, because a second writer
 * could change it after it was checked. What a dead process left is renamed, which only one can do, and goes on growing.
 */
export async function claimPartial(
  directory: string,
  file: Pick<ImageFile, 'sha256'>,
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

/** Bytes that an earlier attempt left, of the one that has most. */
export async function partialSize(directory: string, sha256: string): Promise<number> {
  const partials = await partialsOf(directory, sha256);
  const sizes = await Promise.all(
    partials.map(async ({ name }) => (await sizeOf(join(directory, name))) ?? 0),
  );
  return Math.max(0, ...sizes);
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

export function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
