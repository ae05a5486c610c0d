import { createHash } from 'node:crypto';
import { type FileHandle, link, mkdir, open, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError, type ImageFile } from '../model/index.ts';
import { type DownloadOptions, download, type Wanted } from './download.ts';
import type { OutboundRules } from '../outbound/index.ts';
import { createGet, type Get } from './http.ts';
import { claimPartial, discardPartials, partialSize } from './partial.ts';
import { assertSpace, orDiskFull } from './space.ts';
import { type SweepOptions, sweepFiles } from './sweep-files.ts';
import { receiveUpload, type Upload } from './upload.ts';
import { inWorkDirectory } from './work-directory.ts';

/**
 * Files by their content: `<directory>/sha256/<hash>`. What has that name is whole and was checked; what is still on its
 * way is in `<directory>/partial`; what an operator brought and nobody looked at yet in `<directory>/uploads`.
 */
export interface FileStore {
  /** How files come here, and whatever belongs to them. */
  readonly get: Get;
  has(sha256: string): Promise<boolean>;
  /** Where the file is, or will be. */
  path(sha256: string): string;
  /** @throws CodedError IMAGE_NOT_FOUND */
  open(sha256: string): Promise<FileHandle>;
  /** Fetches what is not here yet, and goes on where an earlier attempt ended. */
  fetch(url: URL, file: ImageFile, options: DownloadOptions): Promise<void>;
  /** Keeps bytes that are here already. */
  add(bytes: Uint8Array): Promise<ImageFile>;
  /** Makes a file too young to be swept away. @returns false when it is not here. */
  keep(sha256: string): Promise<boolean>;
  /** Bytes of these that are still to be fetched. */
  missing(files: readonly ImageFile[]): Promise<number>;
  /** @throws CodedError DISK_FULL unless there is room for so many bytes. */
  assertSpace(bytes: number): Promise<void>;
  /** Takes in a finished file of a work directory, or an upload; the path is gone afterwards. */
  adopt(path: string, file: ImageFile): Promise<void>;
  inWorkDirectory<Result>(work: (directory: string) => Promise<Result>): Promise<Result>;
  /** Keeps what comes as an upload: whole, or not at all. */
  receive(upload: Upload): Promise<ImageFile>;
  /** Fetches a file to the uploads. Its size need not be known. */
  fetchUpload(url: URL, wanted: Wanted, options: DownloadOptions): Promise<void>;
  /** Where an upload is, or would be. */
  uploadPath(sha256: string): string;
  /** Takes away what nobody needs. @returns what went. */
  sweep(options: SweepOptions): Promise<readonly ImageFile[]>;
}

/** @param outbound what may be called beside the public Internet */
export async function openFileStore(directory: string, outbound: OutboundRules = {}): Promise<FileStore> {
  const get = createGet(outbound);
  const whole = join(directory, 'sha256');
  const partial = join(directory, 'partial');
  await mkdir(whole, { recursive: true });
  await mkdir(partial, { recursive: true });
  const uploads = join(directory, 'uploads');
  await mkdir(uploads, { recursive: true });
  const underWay = new Map<string, Promise<void>>();

  const named = (folder: string) => (sha256: string) => {
    // The hash becomes a file name.
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new CodedError('IMAGE_NOT_FOUND', 'That is no SHA-256.');
    return join(folder, sha256);
  };
  const path = named(whole);
  const uploadPath = named(uploads);
  const keep = async (sha256: string) => {
    const now = new Date();
    return utimes(path(sha256), now, now).then(
      () => true,
      () => false,
    );
  };
  const has = async (sha256: string) => {
    const found = await stat(path(sha256)).catch(() => undefined);
    return found?.isFile() ?? false;
  };

  const fetchNow = async (url: URL, file: ImageFile, options: DownloadOptions): Promise<void> => {
    if (await keep(file.sha256)) return;
    const claimed = await claimPartial(partial, file);
    await orDiskFull(async () => {
      await assertSpace(directory, file.size - claimed.size);
      try {
        await download(get, url, file, claimed.path, options);
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
    get,
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
      if (await keep(file.sha256)) return file;
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
    keep,
    async missing(wanted) {
      let bytes = 0;
      for (const [sha256, size] of new Map(wanted.map((file) => [file.sha256, file.size]))) {
        if (!(await has(sha256))) bytes += size - Math.min(size, await partialSize(partial, sha256));
      }
      return bytes;
    },
    assertSpace: (bytes) => assertSpace(directory, bytes),
    async adopt(from, { sha256 }) {
      // A link fails where the name is taken: then the same bytes are here already.
      await link(from, path(sha256)).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
      // A link is as old as what it leads to.
      await keep(sha256);
      await rm(from, { force: true });
    },
    inWorkDirectory: (work) => orDiskFull(() => inWorkDirectory(partial, work)),
    receive: (upload) => receiveUpload({ partial, uploadPath }, upload),
    uploadPath,
    async fetchUpload(url, wanted, options) {
      if (await stat(uploadPath(wanted.sha256)).catch(() => undefined)) return;
      const claimed = await claimPartial(partial, wanted);
      await orDiskFull(async () => {
        try {
          await download(get, url, wanted, claimed.path, {
            ...options,
            onSize: (bytes) => assertSpace(directory, bytes - claimed.size),
          });
        } catch (error) {
          if ((error as { code?: unknown }).code === 'IMAGE_HASH_MISMATCH') {
            await rm(claimed.path, { force: true });
          }
          throw error;
        }
        await rename(claimed.path, uploadPath(wanted.sha256));
      });
    },
    sweep: (options) => sweepFiles({ whole, uploads, partial }, options),
  };
}
