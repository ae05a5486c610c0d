import { statfs } from 'node:fs/promises';
import { CodedError } from '../model/index.ts';

/** Left free, so that the store and the leases beside it can go on writing. */
const spareBytes = 64 * 2 ** 20;

/** Better said before an hour of download than after it. @throws CodedError DISK_FULL with the figures, in bytes. */
export async function assertSpace(directory: string, wanted: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  const free = bavail * bsize;
  if (wanted <= 0 || wanted + spareBytes <= free) return;
  throw new CodedError(
    'DISK_FULL',
    `There is no room for ${wanted} bytes in ${directory}: ${free} are free, and ${spareBytes} have to stay so.`,
    { directory, wanted, free },
  );
}

/** What the kernel or a program that we called says of a full disk, in the words of the table. */
export async function orDiskFull<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
    throw new CodedError('DISK_FULL', 'The disk of the images is full.', {}, error);
  }
}
