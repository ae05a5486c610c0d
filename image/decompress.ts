import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { execa } from 'execa';
import { CodedError, type Compression } from '../model/index.ts';

/** Disks larger than this are no images any more, and unpacking one would keep a core busy for hours. */
export const maxImageBytes = 256 * 2 ** 30;
/** docs/security.md, rule 27. Below the floor a bomb hurts nobody, and small files of zeros are common. */
const maxRatio = 200;
const floorBytes = 16 * 2 ** 20;
const chunkBytes = 2 ** 20;

export function unpackedLimit(packedBytes: number): number {
  return Math.min(maxImageBytes, Math.max(floorBytes, packedBytes * maxRatio));
}

/**
 * The content of a file, piece by piece. Ends with IMAGE_REFUSED within one piece (at most 128 KiB) after the limit, so a
 * bomb costs as much as the largest honest file of its size.
 */
export async function* unpacked(
  path: string,
  compression: Compression,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const limit = compression === 'none' ? maxImageBytes : unpackedLimit((await stat(path)).size);
  let bytes = 0;
  for await (const chunk of raw(path, compression, signal)) {
    bytes += chunk.length;
    if (bytes > limit) {
      throw new CodedError('IMAGE_REFUSED', `The file unpacks to more than ${limit} bytes.`, {
        field: 'compression',
        limit,
      });
    }
    signal.throwIfAborted();
    yield chunk;
  }
}

async function* raw(path: string, compression: Compression, signal: AbortSignal): AsyncGenerator<Buffer> {
  const source = createReadStream(path, { highWaterMark: chunkBytes });
  if (compression === 'none') {
    yield* source;
    return;
  }
  if (compression === 'xz') {
    source.destroy();
    yield* unxz(path, signal);
    return;
  }
  const unpack = compression === 'gzip' ? createGunzip({ chunkSize: 2 ** 16 }) : createZstdDecompress();
  source.on('error', (error) => unpack.destroy(error));
  source.pipe(unpack);
  try {
    yield* unpack;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // zlib's own codes: Z_DATA_ERROR, ZSTD_error_prefix_unknown …
    if (code === undefined || /^(Z_|ZSTD_|ERR_ZLIB|ERR_BUFFER_TOO_LARGE)/.test(code))
      throw damaged(compression, error);
    throw error;
  } finally {
    source.destroy();
    unpack.destroy();
  }
}

async function* unxz(path: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  const child = execa('xz', ['--decompress', '--stdout', '--memlimit-decompress=512MiB'], {
    inputFile: path,
    encoding: 'buffer',
    buffer: false,
    cancelSignal: signal,
    extendEnv: false,
    env: { PATH: '/usr/bin:/bin' },
    reject: false,
  });
  try {
    for await (const chunk of child.stdout) yield chunk as Buffer;
    const result = await child;
    signal.throwIfAborted();
    if (result.code === 'ENOENT') throw new CodedError('TOOL_MISSING', 'xz is not here: install xz-utils.');
    if (result.failed) throw damaged('xz', result);
  } finally {
    child.kill('SIGKILL');
  }
}

function damaged(compression: Compression, cause: unknown): CodedError {
  return new CodedError(
    'IMAGE_REFUSED',
    `The file is no whole ${compression} file.`,
    { field: 'compression' },
    cause,
  );
}
