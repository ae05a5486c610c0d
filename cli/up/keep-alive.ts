import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const EVERY_MS = 5_000;

/**
 * Touches `alive` in the data directory for as long as this process gets round, for whoever watches over it from outside.
 * A process without the API has nothing else that could be asked.
 * @returns what ends it.
 */
export async function keepAlive(dataDirectory: string): Promise<() => Promise<void>> {
  const path = join(dataDirectory, 'alive');
  const touch = (): Promise<void> => writeFile(path, `${process.pid}\n`, { mode: 0o600 });
  await touch();
  const timer = setInterval(() => void touch().catch(() => undefined), EVERY_MS);
  return async () => {
    clearInterval(timer);
    await rm(path, { force: true });
  };
}
