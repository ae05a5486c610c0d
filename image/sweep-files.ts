import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageFile } from '../model/index.ts';
import { isAlive } from './partial.ts';

export interface SweepOptions {
  readonly needed: ReadonlySet<string>;
  /** What was touched later stays: a sync may have fetched it for an image that is not whole yet. */
  readonly olderThan: Date;
  /** Uploads and pieces of files wait longer: for an import that is retried, for a fetch that goes on. */
  readonly leftoversOlderThan: Date;
  /** Only say what would go. */
  readonly plan: boolean;
}

interface Folders {
  readonly whole: string;
  readonly uploads: string;
  readonly partial: string;
}

/** @returns what went, or would go; a leftover that is no whole file by the hash that it was meant to have. */
export async function sweepFiles(folders: Folders, options: SweepOptions): Promise<readonly ImageFile[]> {
  const gone: ImageFile[] = [];
  const sweep = async (folder: string, goes: (name: string, touched: Date) => boolean) => {
    for (const name of await readdir(folder)) {
      const found = await stat(join(folder, name)).catch(() => undefined);
      if (!found || !goes(name, found.mtime)) continue;
      if (!options.plan) await rm(join(folder, name), { recursive: true, force: true });
      gone.push({ sha256: name.slice(0, 64), size: found.size });
    }
  };
  await sweep(folders.whole, (name, touched) => !options.needed.has(name) && touched < options.olderThan);
  await sweep(folders.uploads, (_, touched) => touched < options.leftoversOlderThan);
  await sweep(
    folders.partial,
    (name, touched) => touched < options.leftoversOlderThan && !isAlive(ownerOf(name)),
  );
  return gone;
}

/** `<hash>.<pid>`, `upload.<pid>.<uuid>`, `import.<pid>.<uuid>`; of a name of no such form nobody is the owner. */
function ownerOf(name: string): number {
  return Number(/^\w+\.(\d+)(\.|$)/.exec(name)?.[1] ?? Number.NaN);
}
