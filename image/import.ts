import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, link, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  CodedError,
  type Image,
  type ImageFile,
  type ImportRequest,
  parseImageName,
} from '../model/index.ts';
import type { ImageStore } from '../store/index.ts';
import { convertQcow2 } from './convert.ts';
import { maxImageBytes, unpacked, unpackedLimit } from './decompress.ts';
import { signerOf } from './detached.ts';
import { type DiskFile, packDisk, syncFile } from './disk-file.ts';
import type { FileStore } from './files.ts';
import { assertLayout } from './layout.ts';
import { createMeter, type Meter, type OnProgress } from './meter.ts';
import { parseQcow2Header, qcow2HeadBytes } from './qcow2.ts';
import { inspectRootTar, rootTarLimits } from './root-tar.ts';
import { assertCompression, assertFormat, sniffBytes } from './sniff.ts';
import { checkSquashfs } from './squashfs.ts';

export interface ImportOptions {
  readonly files: FileStore;
  readonly store: ImageStore;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  readonly onProgress?: OnProgress;
}

/**
 * Makes an image of an operator's own file: fetch, hash, signature, content, and only then its record. May be stopped and
 * started at any point; until the end there is no image, and what is left of a killed import goes with the next one.
 * @throws CodedError IMAGE_NOT_FOUND, IMAGE_HASH_MISMATCH, IMAGE_SIGNATURE_INVALID, IMAGE_REFUSED, DISK_FULL …
 */
export async function importImage(request: ImportRequest, options: ImportOptions): Promise<Image> {
  const { files, store, signal } = options;
  const { name, arch, serial, source } = request;
  // An attempt that ended after its record was written, and before anybody heard of it.
  const known = (await store.list()).find(
    (image) =>
      image.name === name && image.arch === arch && image.serial === serial && image.stream === 'import',
  );
  if (known?.importedFrom === source.sha256) return known;
  if (known) {
    throw new CodedError('REQUEST_INVALID', `serial: ${name} has a serial ${serial} already`, {
      field: 'serial',
    });
  }
  if (source.kind === 'url') await fetchSource(request, source, options);
  const path = files.uploadPath(source.sha256);
  const { size } = await stat(path).catch((error: unknown) => {
    throw new CodedError(
      'IMAGE_NOT_FOUND',
      `No upload ${source.sha256} is here.`,
      { field: 'source' },
      error,
    );
  });
  const meter = (stage: string) => createMeter({ stage, totalBytes: size }, options.onProgress);
  await verifyHash(path, source.sha256, { signal, meter: meter('verify'), name });
  const signedBy = request.signed && (await signerOf(path, request.signed, { now: options.now(), signal }));

  for (;;) {
    const made = await files.inWorkDirectory((directory) => makeFiles(request, path, directory, options));
    const image: Image = {
      ...factsOf(request),
      ...made,
      ...(signedBy !== undefined && { signedBy }),
      syncedAt: options.now().toISOString(),
    } as Image;
    const hashes = Object.values(made.files).map(({ sha256 }) => sha256);
    meter('publish').done(name, size);
    const isWhole = async () =>
      (await Promise.all(hashes.map((sha256) => files.keep(sha256)))).every(Boolean);
    if (await store.putImported(image, isWhole)) {
      await rm(path, { force: true });
      return image;
    }
  }
}

type Made = Pick<Image, 'kind'> & { readonly files: Readonly<Record<string, ImageFile>> };

function factsOf(request: ImportRequest) {
  const { os, version } = parseImageName(request.name) as { os: string; version: string };
  const { name, arch, serial, kind } = request;
  return {
    kind,
    name,
    os,
    version,
    codename: version,
    title: request.title ?? name,
    arch,
    kernel: 'own',
    flavour: 'generic',
    serial,
    stream: 'import',
    importedFrom: request.source.sha256,
    ...(request.kind === 'root'
      ? { kernelPackage: request.kernelPackage }
      : {
          firmware: request.firmware,
          cloudInit: request.cloudInit,
          ...(request.defaultUser !== undefined && { defaultUser: request.defaultUser }),
          ...(request.layout !== undefined && { layout: request.layout }),
        }),
  };
}

async function fetchSource(
  { name }: ImportRequest,
  { url, sha256 }: { readonly url: string; readonly sha256: string },
  { files, signal, onProgress }: ImportOptions,
): Promise<void> {
  const meter = createMeter({ stage: 'fetch' }, onProgress);
  await files.fetchUpload(
    new URL(url),
    { sha256, atMost: maxImageBytes },
    { signal, onProgress: (received) => meter.at(name, received) },
  );
}

/** An upload was hashed when it came; the disk may have changed it since. */
async function verifyHash(
  path: string,
  sha256: string,
  { signal, meter, name }: { readonly signal: AbortSignal; readonly meter: Meter; readonly name: string },
): Promise<void> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) {
    signal.throwIfAborted();
    hash.update(chunk as Buffer);
    meter.at(name, (bytes += (chunk as Buffer).length));
  }
  const actual = hash.digest('hex');
  if (actual === sha256) return;
  await rm(path, { force: true });
  throw new CodedError('IMAGE_HASH_MISMATCH', `The file has SHA-256 ${actual}, not ${sha256}.`, {
    field: 'sha256',
  });
}

async function makeFiles(
  request: ImportRequest,
  path: string,
  directory: string,
  options: ImportOptions,
): Promise<Made> {
  const { size } = await stat(path);
  const head = await headOf(path, sniffBytes);
  assertCompression(head, request.compression);
  switch (request.format) {
    case 'squashfs': {
      if (request.compression !== 'none') {
        throw new CodedError('IMAGE_REFUSED', 'compression: a squashfs is compressed in itself', {
          field: 'compression',
        });
      }
      assertFormat(head, 'squashfs');
      checkSquashfs(head, size);
      return { kind: 'root', files: { squashfs: await keepSource(request, path, directory, options) } };
    }
    case 'tar': {
      const meter = createMeter({ stage: 'inspect' }, options.onProgress);
      const content = measured(unpacked(path, request.compression, options.signal), request.name, meter);
      const limit = request.compression === 'none' ? size : unpackedLimit(size);
      await inspectRootTar(checkedTar(content), rootTarLimits(limit));
      const file = await keepSource(request, path, directory, options);
      return { kind: 'root', files: { tar: { ...file, compression: request.compression } as ImageFile } };
    }
    case 'raw':
      return keepDisk(request, unpacked(path, request.compression, options.signal), directory, options);
    case 'qcow2': {
      await unpackTo(request, path, join(directory, 'input'), options);
      await convert(request, directory, options);
      const output = join(directory, 'output');
      return keepDisk(request, unpacked(output, 'none', options.signal), directory, options);
    }
  }
}

async function* checkedTar(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let isFirst = true;
  for await (const chunk of chunks) {
    if (isFirst && chunk.length >= 512) assertFormat(chunk, 'tar');
    isFirst = false;
    yield chunk;
  }
}

async function* measured(chunks: AsyncIterable<Buffer>, name: string, meter: Meter): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of chunks) {
    meter.at(name, (bytes += chunk.length));
    yield chunk;
  }
}

async function convert(
  { name }: ImportRequest,
  directory: string,
  { files, signal, onProgress }: ImportOptions,
): Promise<void> {
  const input = join(directory, 'input');
  const { size } = await stat(input);
  const head = await headOf(input, qcow2HeadBytes);
  assertFormat(head, 'qcow2');
  const { virtualSize } = parseQcow2Header(head, size);
  // What is in the file comes out of it, and is there twice for a while; what is sparse stays so.
  await files.assertSpace(Math.min(virtualSize, size) * 2);
  // Whoever converts is nobody: it has to read the one and make the other, here and nowhere else.
  await chmod(input, 0o644);
  await chmod(directory, 0o777);
  createMeter({ stage: 'convert' }, onProgress).at(name, 0);
  await convertQcow2({ directory, virtualSize, signal });
}

async function keepDisk(
  { name, layout }: Extract<ImportRequest, { kind: 'disk' }>,
  raw: AsyncIterable<Buffer>,
  directory: string,
  { files, signal, onProgress }: ImportOptions,
): Promise<Made & Pick<DiskFile, 'raw'>> {
  const meter = createMeter({ stage: 'compress' }, onProgress);
  const packed = join(directory, 'disk.zst');
  const disk = await packDisk(raw, packed, {
    signal,
    onProgress: (bytes) => meter.at(name, bytes),
    ...(layout && { look: (head) => assertLayout(head, layout) }),
  });
  await files.adopt(packed, disk.packed);
  return { kind: 'disk', files: { disk: disk.packed }, raw: disk.raw };
}

/** The upload stays until there is a record: an attempt that dies before finds it again. */
async function keepSource(
  { source: { sha256 } }: ImportRequest,
  path: string,
  directory: string,
  { files }: ImportOptions,
): Promise<ImageFile> {
  const { size } = await stat(path);
  const copy = join(directory, 'source');
  await link(path, copy);
  await chmod(copy, 0o644);
  await syncFile(copy);
  await files.adopt(copy, { sha256, size });
  return { sha256, size };
}

async function unpackTo(
  { compression, name }: ImportRequest,
  path: string,
  to: string,
  { signal, onProgress }: ImportOptions,
): Promise<void> {
  if (compression === 'none') {
    await link(path, to);
    return;
  }
  const meter = createMeter({ stage: 'unpack' }, onProgress);
  const content = measured(unpacked(path, compression, signal), name, meter);
  await pipeline(content, createWriteStream(to, { flags: 'wx', mode: 0o644 }), { signal });
}

async function headOf(path: string, length: number): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
