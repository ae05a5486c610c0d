import { access } from 'node:fs/promises';

/** Makes what is not there yet. */
export async function once(path: string, make: () => Promise<unknown>): Promise<void> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (!isThere) await make();
}
