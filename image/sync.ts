import {
  type BootImage,
  type Bootloader,
  CodedError,
  type ImageFile,
  type ImageProgress,
  imageFileKinds,
  isBootImage,
} from '../model/index.ts';
import type { ImageStore } from '../store/index.ts';
import { compareSerials } from './condensed.ts';
import { fetchDocument } from './document.ts';
import type { FileStore } from './files.ts';
import { createMeter, type Meter } from './meter.ts';
import type { Keyring } from './signature.ts';
import {
  parseIndex,
  parseProducts,
  type StreamBootloader,
  type StreamFile,
  type StreamImage,
} from './stream.ts';
import { streamLocation, urlBelow } from './stream-url.ts';
import { unpackTarXz } from './unpack.ts';

/** Each list names what is wanted; a list that is not there wants everything. */
export interface SyncFilters {
  readonly os?: readonly string[];
  /** By version or by codename: `24.04`, `noble`. */
  readonly release?: readonly string[];
  readonly arch?: readonly string[];
  /** `ga-24.04`, `hwe-24.04` … */
  readonly kernel?: readonly string[];
  readonly flavour?: readonly string[];
}

export interface SyncOptions {
  readonly url: string;
  readonly keyring: Keyring;
  readonly files: FileStore;
  readonly store: ImageStore;
  readonly filters?: SyncFilters;
  readonly onProgress?: (progress: ImageProgress) => void;
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

export interface SyncResult {
  readonly stream: string;
  /** Date of the index, ISO 8601. */
  readonly updated: string;
  /** All that the stream offers and the filters let through; each of them is here now. */
  readonly images: readonly BootImage[];
  readonly bootloaders: readonly Bootloader[];
}

/**
 * Brings the images of a stream here. May be stopped and started at any point: what is here is not fetched again, an image
 * is in the store only when all its files are, and what was there before serves until then.
 */
export async function syncStream(options: SyncOptions): Promise<SyncResult> {
  const { base, indexPath } = streamLocation(options.url);
  const { files, store } = options;
  const read = async <T extends { readonly updated: string }>(
    path: string,
    name: string,
    parse: (text: string) => T,
  ) => {
    const { text, signedBy } = await fetchDocument(urlBelow(base, path), { ...options, get: files.get });
    const document = parse(text);
    await refuseOlder(store, name, document.updated);
    return { ...document, signedBy };
  };

  const index = await read(indexPath, base, parseIndex);
  const images: SignedImage[] = [];
  const bootloaders: StreamBootloader[] = [];
  for (const { contentId, path } of index.products) {
    // The index holds no hash of its products, so each of them has a date of its own that never goes back.
    const products = await read(path, `${base}#${contentId}`, parseProducts);
    if (products.contentId !== contentId) {
      throw new CodedError('STREAM_INVALID', `${path} is another document than the index says.`, {
        path,
        contentId: products.contentId,
      });
    }
    const { signedBy } = products;
    for (const image of products.images) {
      if (wanted(image, options.filters ?? {})) images.push({ ...image, signedBy });
    }
    bootloaders.push(...products.bootloaders.filter(({ arch }) => includes(options.filters?.arch, arch)));
  }

  const task = { ...options, stream: base, meter: await begin(options, images, bootloaders) };
  const keptBootloaders: Bootloader[] = [];
  for (const bootloader of bootloaders) keptBootloaders.push(...(await syncBootloader(task, bootloader)));
  const keptImages: BootImage[] = [];
  for (const image of images) keptImages.push(await syncImage(task, image));
  return { stream: base, updated: index.updated, images: keptImages, bootloaders: keptBootloaders };
}

type SignedImage = StreamImage & { readonly signedBy: string };

interface Task extends SyncOptions {
  readonly stream: string;
  readonly meter: Meter;
}

/** What boot loaders unpack to, records, and what else is written meanwhile. */
const spaceMargin = 0.05;

/** Everything that is missing must have room before its first byte is fetched. @throws CodedError DISK_FULL */
async function begin(
  { files, onProgress }: SyncOptions,
  images: readonly StreamImage[],
  bootloaders: readonly StreamBootloader[],
): Promise<Meter> {
  const all = [
    ...images.flatMap((image) => imageFileKinds.map((kind) => image.files[kind])),
    ...bootloaders.flatMap(({ archives }) => archives),
  ];
  await files.assertSpace(Math.ceil((await files.missing(all)) * (1 + spaceMargin)));
  // Two images may share a squashfs.
  const different = [...new Map(all.map((file) => [file.sha256, file])).values()];
  const absent: StreamFile[] = [];
  for (const file of different) if (!(await files.has(file.sha256))) absent.push(file);
  const totalBytes = absent.reduce((sum, { size }) => sum + size, 0);
  return createMeter({ stage: 'fetch', totalBytes, totalFiles: absent.length }, onProgress);
}

/** A signed document stays signed for ever: the date is what keeps an attacker from serving last year's (rule 25). */
async function refuseOlder(store: ImageStore, name: string, updated: string): Promise<void> {
  const seen = await store.streamDate(name);
  if (seen !== undefined && Date.parse(updated) < Date.parse(seen)) {
    throw new CodedError('STREAM_INVALID', `The stream is of ${updated}; one of ${seen} was here before.`, {
      stream: name,
      updated,
      seen,
    });
  }
  await store.setStreamDate(name, updated);
}

async function syncImage(task: Task, { files, ...image }: SignedImage): Promise<BootImage> {
  const known = (await task.store.list())
    .filter(isBootImage)
    .find(
      (known) =>
        known.name === image.name &&
        known.arch === image.arch &&
        known.kernel === image.kernel &&
        known.flavour === image.flavour &&
        known.serial === image.serial &&
        known.stream === task.stream &&
        imageFileKinds.every((kind) => known.files[kind].sha256 === files[kind].sha256),
    );
  const synced: BootImage = known ?? {
    kind: 'root',
    ...image,
    files: {
      'boot-kernel': withoutPath(files['boot-kernel']),
      'boot-initrd': withoutPath(files['boot-initrd']),
      squashfs: withoutPath(files.squashfs),
    },
    stream: task.stream,
    syncedAt: task.now().toISOString(),
  };
  const isWhole = async () => {
    const here = await Promise.all(imageFileKinds.map((kind) => task.files.keep(files[kind].sha256)));
    return here.every(Boolean);
  };
  // A file that was fetched hours ago may have been swept away since: then it is fetched again.
  do {
    for (const kind of imageFileKinds) await fetchFile(task, files[kind]);
  } while (!(known ? await isWhole() : await task.store.put(synced, isWhole)));
  return synced;
}

async function syncBootloader(task: Task, { archives, ...loader }: StreamBootloader): Promise<Bootloader[]> {
  const known = await task.store.bootloaders();
  // All files of a bootloader first, so that shim and GRUB of two versions stand side by side for a moment only.
  const unpacked: Bootloader[] = [];
  for (const archive of archives) {
    await fetchFile(task, archive);
    for (const entry of await unpackTarXz(task.files.path(archive.sha256), task.signal)) {
      const file = await task.files.add(entry.bytes);
      unpacked.push({ ...loader, fileName: entry.name, file, stream: task.stream });
    }
  }
  for (const bootloader of unpacked) {
    const newer = known.find(
      ({ kind, arch, fileName, serial, stream }) =>
        kind === bootloader.kind &&
        arch === bootloader.arch &&
        fileName === bootloader.fileName &&
        stream === bootloader.stream &&
        compareSerials(serial, bootloader.serial) > 0,
    );
    if (!newer) await task.store.putBootloader(bootloader);
  }
  return unpacked;
}

async function fetchFile({ stream, files, signal, meter }: Task, file: StreamFile): Promise<void> {
  if (await files.keep(file.sha256)) return;
  await files.fetch(urlBelow(stream, file.path), file, {
    signal,
    onProgress: (received) => meter.at(file.path, received),
  });
  meter.done(file.path, file.size);
}

function wanted(image: StreamImage, filters: SyncFilters): boolean {
  return (
    includes(filters.os, image.os) &&
    (includes(filters.release, image.version) || includes(filters.release, image.codename)) &&
    includes(filters.arch, image.arch) &&
    includes(filters.kernel, image.kernel) &&
    includes(filters.flavour, image.flavour)
  );
}

function includes(list: readonly string[] | undefined, value: string): boolean {
  return list === undefined || list.includes(value);
}

function withoutPath({ sha256, size }: StreamFile): ImageFile {
  return { sha256, size };
}
