import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive } from './partial.ts';

/**
 * A directory of one piece of work, `import.<pid>.<uuid>`, gone when the work ends, however it ends. What a killed process
 * left goes with the next work that begins.
 */
export async function inWorkDirectory<Result>(
  parent: string,
  work: (directory: string) => Promise<Result>,
): Promise<Result> {
  for (const name of await readdir(parent)) {
    const pid = /^import\.(\d+)\./.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) {
      await rm(join(parent, name), { recursive: true, force: true });
    }
  }
  const directory = join(parent, `import.${process.pid}.${crypto.randomUUID()}`);
  await mkdir(directory, { mode: 0o700 });
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
