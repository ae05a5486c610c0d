import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress } from 'node:zlib';
import { CodedError, type ImageFile } from '../model/index.ts';
import { assertFormat, sniffBytes } from './sniff.ts';

export interface DiskFile {
  /** The raw disk as it comes out again. */
  readonly raw: ImageFile;
  /** As it is kept and sent. */
  readonly packed: ImageFile;
}

/** Sectors of 512 bytes: what is no multiple of it is no disk. */
const sectorBytes = 512;

/** Compresses a raw disk into `path`, and hashes both sides on the way. */
export async function packDisk(
  chunks: AsyncIterable<Buffer>,
  path: string,
  options: {
    readonly signal: AbortSignal;
    readonly onProgress?: (rawBytes: number) => void;
    /** At its first bytes, its partition table among them; throws where they are not what was said. */
    readonly look?: (head: Buffer) => void;
  },
): Promise<DiskFile> {
  const rawHash = createHash('sha256');
  const packedHash = createHash('sha256');
  let rawSize = 0;
  let packedSize = 0;
  const zstd = createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag]: 1 } });
  await pipeline(
    checkedRaw(chunks, options.look),
    async function* (source: AsyncIterable<Buffer>) {
      for await (const chunk of source) {
        rawHash.update(chunk);
        rawSize += chunk.length;
        options.onProgress?.(rawSize);
        yield chunk;
      }
      if (rawSize % sectorBytes !== 0) {
        throw new CodedError('IMAGE_REFUSED', `format: ${rawSize} bytes are no whole number of sectors`, {
          field: 'format',
        });
      }
    },
    zstd,
    async function* (source: AsyncIterable<Buffer>) {
      for await (const chunk of source) {
        packedHash.update(chunk);
        packedSize += chunk.length;
        yield chunk;
      }
    },
    createWriteStream(path, { flags: 'wx', mode: 0o644 }),
    { signal: options.signal },
  );
  await syncFile(path);
  return {
    raw: { sha256: rawHash.digest('hex'), size: rawSize },
    packed: { sha256: packedHash.digest('hex'), size: packedSize },
  };
}

/** Holds the first bytes back until it is known that they begin a disk. */
async function* checkedRaw(
  chunks: AsyncIterable<Buffer>,
  look: (head: Buffer) => void = () => {},
): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (head === undefined) {
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < sniffBytes) continue;
    assertFormat(head, 'raw');
    look(head);
    yield head;
    head = undefined;
  }
  if (head === undefined) return;
  assertFormat(head, 'raw');
  look(head);
  yield head;
}

export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
