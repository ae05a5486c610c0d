import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError, type ImageFile } from '../model/index.ts';
import { type DownloadOptions, download } from './download.ts';
import { claimPartial, discardPartials } from './partial.ts';

/**
 * Files by their content: `<directory>/sha256/<hash>`. What has that name is whole and was checked; what is still on its
 * way is in `<directory>/partial`. One process writes, any number read.
 */
export interface FileStore {
  has(sha256: string): Promise<boolean>;
  /** Where the file is, or will be. */
  path(sha256: string): string;
  /** @throws CodedError IMAGE_NOT_FOUND */
  open(sha256: string): Promise<FileHandle>;
  /** Fetches what is not here yet, and goes on where an earlier attempt ended. */
  fetch(url: URL, file: ImageFile, options: DownloadOptions): Promise<void>;
  /** Keeps bytes that are here already. */
  add(bytes: Uint8Array): Promise<ImageFile>;
}

/** Left free, so that the store and the leases beside it can go on writing. */
const spareBytes = 64 * 2 ** 20;

export async function openFileStore(directory: string): Promise<FileStore> {
  const whole = join(directory, 'sha256');
  const partial = join(directory, 'partial');
  await mkdir(whole, { recursive: true });
  await mkdir(partial, { recursive: true });
  const underWay = new Map<string, Promise<void>>();

  const path = (sha256: string) => {
    // The hash becomes a file name.
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new CodedError('IMAGE_NOT_FOUND', 'That is no SHA-256.');
    return join(whole, sha256);
  };
  const has = async (sha256: string) => {
    const found = await stat(path(sha256)).catch(() => undefined);
    return found?.isFile() ?? false;
  };

  const fetchNow = async (url: URL, file: ImageFile, options: DownloadOptions): Promise<void> => {
    if (await has(file.sha256)) return;
    const claimed = await claimPartial(partial, file);
    await orDiskFull(async () => {
      await assertSpace(directory, file.size - claimed.size);
      try {
        await download(url, file, claimed.path, options);
      } catch (error) {
        if ((error as { code?: unknown }).code !== 'IMAGE_HASH_MISMATCH') throw error;
        // Bytes that are not what they should be are of no use to anybody.
        await rm(claimed.path, { force: true });
        // The fault may be in what an earlier attempt left; the mirror gets one chance from the beginning.
        if (claimed.size === 0) throw error;
        await fetchNow(url, file, options);
        return;
      }
      await rename(claimed.path, path(file.sha256));
      await discardPartials(partial, file.sha256);
    });
  };

  const fetchOnce = async (url: URL, file: ImageFile, options: DownloadOptions): Promise<void> => {
    // Two images share a squashfs; who comes second waits for the first.
    const earlier = underWay.get(file.sha256);
    if (earlier) {
      await earlier.catch(() => undefined);
      return fetchOnce(url, file, options);
    }
    const fetching = fetchNow(url, file, options).finally(() => underWay.delete(file.sha256));
    underWay.set(file.sha256, fetching);
    return fetching;
  };

  return {
    path,
    has,
    async open(sha256) {
      try {
        return await open(path(sha256), 'r');
      } catch (error) {
        throw new CodedError('IMAGE_NOT_FOUND', `No file ${sha256} is here.`, { sha256 }, error);
      }
    },
    fetch: fetchOnce,
    async add(bytes) {
      const file = { sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length };
      if (await has(file.sha256)) return file;
      await orDiskFull(async () => {
        const draft = join(partial, `add.${crypto.randomUUID()}`);
        try {
          await assertSpace(directory, file.size);
          const handle = await open(draft, 'wx');
          try {
            await handle.writeFile(bytes);
            await handle.sync();
          } finally {
            await handle.close();
          }
          await rename(draft, path(file.sha256));
        } catch (error) {
          await rm(draft, { force: true });
          throw error;
        }
      });
      return file;
    },
  };
}

/** Better said before an hour of download than after it. */
async function assertSpace(directory: string, wanted: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  const free = bavail * bsize;
  if (wanted + spareBytes <= free) return;
  throw new CodedError('DISK_FULL', `There is no room for ${wanted} bytes in ${directory}.`, {
    directory,
    wanted,
    free,
  });
}

async function orDiskFull(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
    throw new CodedError('DISK_FULL', 'The disk of the images is full.', {}, error);
  }
}
