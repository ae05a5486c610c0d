import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { CodedError } from '../model/index.ts';
import type { Get, HttpBody } from './http.ts';

export interface DownloadOptions {
  readonly signal: AbortSignal;
  /** Bytes of the file that are here, after each piece. */
  readonly onProgress?: (received: number) => void;
  /** Told the whole size before the first byte, when the server says it and nobody knew. May refuse it by throwing. */
  readonly onSize?: (bytes: number) => Promise<void>;
}

/** What the file must be. Who knows only its hash says how large it may get. */
export type Wanted =
  | { readonly sha256: string; readonly size: number }
  | { readonly sha256: string; readonly atMost: number };

const pieceBytes = 1024 * 1024;

/**
 * Brings `path` to the declared size and SHA-256, going on after what is in it. When it returns, the file is whole, checked
 * and on the disk; when it throws anything but IMAGE_HASH_MISMATCH, what is in it is worth keeping.
 */
export async function download(
  get: Get,
  url: URL,
  file: Wanted,
  path: string,
  options: DownloadOptions,
): Promise<void> {
  const largest = 'size' in file ? file.size : file.atMost;
  const handle = await open(path, 'a+');
  try {
    let { hash, size } = await hashed(handle, options.signal);
    if (size > largest) throw mismatch(url, file, `has more than ${largest} bytes`);
    const isWhole = 'size' in file ? size === file.size : hash.copy().digest('hex') === file.sha256;
    if (!isWhole) {
      const body = await request(get, url, size, options.signal);
      if (!('size' in file)) await announce(url, file, body, { largest, size, options });
      if (body.status === 200 && size > 0) {
        // The mirror knows no ranges: from the beginning.
        await handle.truncate(0);
        hash = createHash('sha256');
        size = 0;
      }
      for await (const chunk of body.chunks) {
        size += chunk.length;
        if (size > largest) throw mismatch(url, file, `has more than ${largest} bytes`);
        hash.update(chunk);
        await handle.appendFile(chunk);
        options.onProgress?.(size);
      }
    }
    // The connection ended early and politely: the next attempt goes on from here.
    if ('size' in file && size < file.size) {
      throw unreachable(url, `ended after ${size} of ${file.size} bytes`);
    }
    const actual = hash.digest('hex');
    if (actual !== file.sha256) throw mismatch(url, file, `has SHA-256 ${actual}`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function request(get: Get, url: URL, from: number, signal: AbortSignal): Promise<HttpBody> {
  const body = await get(url, { signal, ...(from > 0 ? { headers: { range: `bytes=${from}-` } } : {}) });
  if (body.status === 200) return body;
  // RFC 9110, 14.4: `bytes 100-199/200`.
  const first = /^bytes (\d+)-/.exec(body.headers['content-range'] ?? '')?.[1];
  if (body.status === 206 && from > 0 && Number(first) === from) return body;
  body.close();
  throw unreachable(url, `was answered with ${body.status}`);
}

async function announce(
  url: URL,
  file: Wanted,
  body: HttpBody,
  known: { readonly largest: number; readonly size: number; readonly options: DownloadOptions },
): Promise<void> {
  const length = Number(body.headers['content-length'] ?? Number.NaN);
  const total = length + (body.status === 206 ? known.size : 0);
  if (!Number.isSafeInteger(total)) return;
  try {
    if (total > known.largest) throw mismatch(url, file, `has more than ${known.largest} bytes`);
    await known.options.onSize?.(total);
  } catch (error) {
    body.close();
    throw error;
  }
}

/** What is there already, from the disk: it may be of an earlier process. */
async function hashed(handle: FileHandle, signal: AbortSignal): Promise<{ hash: Hash; size: number }> {
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(pieceBytes);
  for (let size = 0; ; ) {
    const { bytesRead } = await handle.read(buffer, 0, pieceBytes, size);
    if (bytesRead === 0) return { hash, size };
    hash.update(buffer.subarray(0, bytesRead));
    size += bytesRead;
    signal.throwIfAborted();
  }
}

function mismatch(url: URL, file: Wanted, what: string): CodedError {
  return new CodedError('IMAGE_HASH_MISMATCH', `${url.href} ${what}, and should be another file.`, {
    url: url.href,
    ...file,
  });
}

function unreachable(url: URL, what: string): CodedError {
  return new CodedError('STREAM_UNREACHABLE', `${url.href} ${what}.`, { url: url.href });
}
