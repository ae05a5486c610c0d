import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError, type ImageFile, type Secret } from '../../model/index.ts';
import type { Store } from '../../store/index.ts';

export interface MirrorOptions {
  readonly store: Store;
  /** Of the image files here: `<directory>/sha256/<hash>`. */
  readonly directory: string;
  /** The API of the installation, such as `http://127.0.0.1:8480`. */
  readonly origin: string;
  readonly token: Secret;
  readonly signal: AbortSignal;
  readonly log: (event: Readonly<Record<string, unknown>>) => void;
}

const LOOK_EVERY_MS = 2_000;

/**
 * Keeps here every file that an image names, fetched from the API: a rack that shares no disk with the workers serves what
 * they synced. A file appears under its hash when it is whole, and what was cut off goes on where it was.
 */
export async function mirrorImages(options: MirrorOptions): Promise<void> {
  const { signal, store, log } = options;
  await mkdir(join(options.directory, 'sha256'), { recursive: true });
  await mkdir(join(options.directory, 'partial'), { recursive: true });
  while (!signal.aborted) {
    try {
      for (const file of await wanted(store)) {
        if (!(await isHere(options.directory, file))) {
          await fetchFile(options, file);
          log({ kind: 'mirror', sha256: file.sha256, size: file.size });
        }
      }
    } catch (error) {
      if (!signal.aborted) log({ kind: 'mirror', error });
    }
    await pause(LOOK_EVERY_MS, signal);
  }
}

async function wanted(store: Store): Promise<readonly ImageFile[]> {
  const [images, bootloaders] = await Promise.all([store.images.list(), store.images.bootloaders()]);
  return [...bootloaders.map(({ file }) => file), ...images.flatMap(({ files }) => Object.values(files))];
}

async function isHere(directory: string, { sha256 }: ImageFile): Promise<boolean> {
  const found = await stat(join(directory, 'sha256', sha256)).catch(() => undefined);
  return found?.isFile() ?? false;
}

async function fetchFile(options: MirrorOptions, file: ImageFile): Promise<void> {
  const draft = join(options.directory, 'partial', `mirror.${file.sha256}`);
  const handle = await open(draft, 'a+');
  try {
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of handle.createReadStream({ start: 0, autoClose: false })) {
      hash.update(chunk as Buffer);
      size += (chunk as Buffer).length;
    }
    if (size < file.size) {
      for await (const chunk of await request(options, file, size)) {
        size += chunk.length;
        if (size > file.size) break;
        hash.update(chunk);
        await handle.appendFile(chunk);
      }
    }
    if (size !== file.size || hash.digest('hex') !== file.sha256) {
      if (size >= file.size) await rm(draft, { force: true });
      throw new CodedError(
        'IMAGE_HASH_MISMATCH',
        `${options.origin} sent something else than ${file.sha256}.`,
      );
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, join(options.directory, 'sha256', file.sha256));
}

async function request(
  { origin, token, signal }: MirrorOptions,
  { sha256 }: ImageFile,
  from: number,
): Promise<AsyncIterable<Uint8Array>> {
  const response = await fetch(new URL(`/v1/files/${sha256}`, origin), {
    signal,
    // A redirect would carry the token to somebody else.
    redirect: 'error',
    headers: { authorization: `Bearer ${token.reveal()}`, range: `bytes=${from}-` },
  });
  // RFC 9110, 15.3.7: 206 is the range that was asked for.
  if (response.status === 206 && response.body) return response.body;
  await response.body?.cancel();
  throw new CodedError('STREAM_UNREACHABLE', `${origin} answers ${response.status} for ${sha256}.`);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}
