import { constants } from 'node:fs';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Secret } from '../model/index.ts';

/**
 * A password in a file that only we can read, for as long as `use` takes. In memory (tmpfs) where the system has it:
 * arguments are in /proc for everybody, the environment of a child for whoever runs as us.
 */
export async function withPasswordFile<Result>(
  password: Secret,
  use: (file: string) => Promise<Result>,
): Promise<Result> {
  // mkdtemp gives 0700 and a name that did not exist.
  const folder = await mkdtemp(join(await memoryFolder(), 'rw-bmc-'));
  try {
    const file = join(folder, 'password');
    await writeFile(file, `${password.reveal()}\n`, { mode: 0o600, flag: 'wx' });
    return await use(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function memoryFolder(): Promise<string> {
  const writable = await access('/dev/shm', constants.W_OK).then(
    () => true,
    () => false,
  );
  return writable ? '/dev/shm' : tmpdir();
}
