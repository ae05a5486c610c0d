import { z } from 'zod';
import {
  type BootImage,
  CodedError,
  type ImageFile,
  type ImageFileKind,
  imageFileKinds,
} from '../model/index.ts';
import { merged, versionsOf } from './condensed.ts';
import { itemFields, parseDate, productFields } from './stream-fields.ts';

/** A file of a stream: where it is below the base URL, and what it must be. */
export interface StreamFile extends ImageFile {
  readonly path: string;
}

/** An image as a stream offers it, nothing fetched yet. */
export interface StreamImage
  extends Pick<
    BootImage,
    | 'name'
    | 'os'
    | 'version'
    | 'codename'
    | 'title'
    | 'arch'
    | 'kernel'
    | 'flavour'
    | 'serial'
    | 'kernelPackage'
  > {
  readonly files: Readonly<Record<ImageFileKind, StreamFile>>;
}

/** What firmware loads, in archives with flat names. */
export interface StreamBootloader {
  readonly kind: 'grub-efi-signed' | 'ipxe';
  readonly arch: 'amd64' | 'arm64';
  readonly serial: string;
  readonly archives: readonly StreamFile[];
}

export interface StreamIndex {
  /** ISO 8601. */
  readonly updated: string;
  readonly products: readonly { readonly contentId: string; readonly path: string }[];
}

export interface StreamProducts {
  readonly contentId: string;
  readonly updated: string;
  readonly images: readonly StreamImage[];
  readonly bootloaders: readonly StreamBootloader[];
}

const indexDocument = z.object({
  format: z.literal('index:1.0'),
  updated: z.string(),
  index: z.record(
    z.string(),
    z.object({ format: z.string(), path: z.string(), datatype: z.string().optional() }),
  ),
});

const productsDocument = z.looseObject({
  format: z.literal('products:1.0'),
  content_id: z.string(),
  updated: z.string(),
  products: z.record(z.string(), z.record(z.string(), z.unknown())),
});

/** The text must have been verified before. Entries of other kinds (release notes …) are left out. */
export function parseIndex(text: string): StreamIndex {
  const document = parsed(indexDocument, text, 'index');
  return {
    updated: dateOf(document.updated, 'index'),
    products: Object.entries(document.index)
      .filter(([, entry]) => entry.format === 'products:1.0')
      // MAAS' own index has entries without a datatype.
      .filter(([, entry]) => entry.datatype === undefined || entry.datatype === 'image-ids')
      .map(([contentId, entry]) => ({ contentId, path: entry.path })),
  };
}

/** The newest whole version of each product that we can use; products that are not for us are left out. */
export function parseProducts(text: string): StreamProducts {
  const document = parsed(productsDocument, text, 'products');
  const images: StreamImage[] = [];
  const bootloaders: StreamBootloader[] = [];
  for (const product of Object.values(document.products)) {
    const inherited = merged(document, product);
    const bootloader = 'bootloader-type' in inherited;
    for (const version of versionsOf(inherited, product)) {
      const found = bootloader ? bootloaderOf(version) : imageOf(version);
      if (!found) continue;
      if ('archives' in found) bootloaders.push(found);
      else images.push(found);
      break;
    }
  }
  return {
    contentId: document.content_id,
    updated: dateOf(document.updated, document.content_id),
    images,
    bootloaders,
  };
}

type Version = ReturnType<typeof versionsOf>[number];

function imageOf({ serial, items }: Version): StreamImage | undefined {
  const files: Partial<Record<ImageFileKind, StreamFile>> = {};
  let kernelPackage: string | undefined;
  let fields: z.infer<typeof productFields> | undefined;
  for (const item of items) {
    const { data } = itemFields.safeParse(item);
    const kind = imageFileKinds.find((kind) => kind === data?.ftype);
    if (!data || !kind) continue;
    files[kind] = { path: data.path, sha256: data.sha256, size: data.size };
    if (kind === 'boot-kernel') kernelPackage = data.kpackage;
    // What a product says is in each of its items after merging; any of them will do.
    fields ??= productFields.safeParse(item).data;
  }
  if (!fields || !kernelPackage || !imageFileKinds.every((kind) => files[kind])) return undefined;
  const { os, version, release, release_title: title, arch, subarch, kflavor } = fields;
  return {
    name: `${os}/${version}`,
    os,
    version,
    codename: release,
    title: title ?? version,
    arch,
    kernel: subarch,
    flavour: kflavor,
    serial,
    kernelPackage,
    files: files as Record<ImageFileKind, StreamFile>,
  };
}

const bootloaderFields = z.object({
  // Ubuntu's arm64 product is called `grub-efi`; its content is signed as well.
  os: z.enum(['grub-efi-signed', 'grub-efi', 'ipxe']),
  arch: z.enum(['amd64', 'arm64']),
});

function bootloaderOf({ serial, items }: Version): StreamBootloader | undefined {
  const archives: StreamFile[] = [];
  let fields: z.infer<typeof bootloaderFields> | undefined;
  for (const item of items) {
    const { data } = itemFields.safeParse(item);
    if (data?.ftype !== 'archive.tar.xz') continue;
    archives.push({ path: data.path, sha256: data.sha256, size: data.size });
    fields ??= bootloaderFields.safeParse(item).data;
  }
  if (!fields) return undefined;
  return { kind: fields.os === 'ipxe' ? 'ipxe' : 'grub-efi-signed', arch: fields.arch, serial, archives };
}

function parsed<T>(schema: z.ZodType<T>, text: string, what: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new CodedError('STREAM_INVALID', `The ${what} document of the stream cannot be read.`, {}, error);
  }
}

function dateOf(text: string, what: string): string {
  const date = parseDate(text);
  if (!date) throw new CodedError('STREAM_INVALID', `The date of ${what} cannot be read: ${text}`);
  return date;
}
