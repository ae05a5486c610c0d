import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskSpec } from '../types.ts';
import { once } from './once.ts';

/** Of a machine's disk, in the machine's directory. */
export function diskFile(number: number): string {
  return `disk${number}.raw`;
}

/** They keep what is on them. */
export async function ensureDisks(directory: string, disks: readonly DiskSpec[]): Promise<void> {
  for (const [number, { bytes }] of disks.entries()) {
    const path = join(directory, diskFile(number));
    await once(path, () => sparseFile(path, bytes));
  }
}

async function sparseFile(path: string, bytes: number): Promise<void> {
  const handle = await open(path, 'w');
  await handle.truncate(bytes);
  await handle.close();
}
