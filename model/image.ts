import type { Firmware } from './boot.ts';

/** One release for one architecture, with its files, all of them verified and here. */
export type Image = RootImage | DiskImage;

interface ImageFacts {
  /** As people say it: `ubuntu/24.04`, `debian/12`. */
  readonly name: string;
  readonly os: string;
  readonly version: string;
  readonly codename: string;
  readonly title: string;
  readonly arch: 'amd64' | 'arm64';
  /** `ga-24.04`, `hwe-24.04` …; `own` for what an operator brought. */
  readonly kernel: string;
  readonly flavour: string;
  /** Stream's version: `20261115`, `20260707.1`. */
  readonly serial: string;
  /** Where it came from: the base URL of a stream, or `import`. */
  readonly stream: string;
  readonly syncedAt: string;
  /** User id and fingerprint of the key that signed it. Absent: nobody did, or it is older than this field. */
  readonly signedBy?: string;
  /** What a root may lie on, beside what every kernel has. Absent: nothing more. */
  readonly storage?: readonly ('zfs' | 'bcache')[];
  /** SHA-256 of the file that the operator brought. */
  readonly importedFrom?: string;
}

/** The tree of a system: the installer unpacks it onto file systems that it made. */
export interface RootImage extends ImageFacts {
  readonly kind: 'root';
  readonly files: BootFiles | SquashfsFiles | TarFiles;
  /** Package of the kernel that an installed system gets when the image has none. */
  readonly kernelPackage: string;
}

/** A root image with a kernel and an initrd: a machine can run it from memory as well. */
export interface BootImage extends RootImage {
  readonly files: BootFiles;
}

/** A whole disk, partition table and boot loader included: it is written as it is. */
export interface DiskImage extends ImageFacts {
  readonly kind: 'disk';
  /** The raw disk, compressed with zstd (RFC 8878). */
  readonly files: { readonly disk: ImageFile };
  /** What the disk holds after it was written: for the check on the way. */
  readonly raw: ImageFile;
  /** What it can be started by. */
  readonly firmware: readonly Firmware[];
  /** Whether cloud-init is in it, so that it takes a host name, keys and addresses. */
  readonly cloudInit: boolean;
  /** Who logs in when nobody else was made. */
  readonly defaultUser?: string;
  /** How it is laid out inside, where that is not one root that can be mounted. Absent: it is looked for a root. */
  readonly layout?: ImageLayout;
}

/** Systems that configure themselves at their first boot, from a place of their own on the disk (docs/guide/appliances.md). */
export const imageLayouts = ['ubuntu-core', 'esxi'] as const;
export type ImageLayout = (typeof imageLayouts)[number];

export const imageFileKinds = ['boot-kernel', 'boot-initrd', 'squashfs'] as const;
export type ImageFileKind = (typeof imageFileKinds)[number];

export type BootFiles = Readonly<Record<ImageFileKind, ImageFile>>;
export interface SquashfsFiles {
  readonly squashfs: ImageFile;
}
export interface TarFiles {
  readonly tar: ImageFile & { readonly compression: Compression };
}

export const compressions = ['none', 'gzip', 'xz', 'zstd'] as const;
export type Compression = (typeof compressions)[number];

/** What an operator may bring, by the kind of image that becomes of it. */
export const importFormats = { root: ['squashfs', 'tar'], disk: ['raw', 'qcow2'] } as const;
export type ImportFormat = (typeof importFormats)[keyof typeof importFormats][number];

export interface ImageFile {
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** A program that firmware loads: shim, GRUB, iPXE. Named as it is served. */
export interface Bootloader {
  readonly kind: 'grub-efi-signed' | 'ipxe';
  /** `bootx64.efi`, `grubx64.efi`, `undionly.kpxe`, `snponly.efi`, `ipxe.efi`. */
  readonly fileName: string;
  readonly arch: 'amd64' | 'arm64';
  readonly serial: string;
  readonly file: ImageFile;
  readonly stream: string;
}

/** `debian/12` → its parts. Undefined when the text is no image name. */
export function parseImageName(text: string): { os: string; version: string } | undefined {
  const match = /^([a-z][a-z0-9-]{0,31})\/([a-z0-9][a-z0-9.]{0,15})$/.exec(text);
  return match ? { os: match[1] as string, version: match[2] as string } : undefined;
}

export function isBootImage(image: Image): image is BootImage {
  return image.kind === 'root' && 'boot-kernel' in image.files;
}

export function hasSquashfs(image: Image): image is RootImage & { readonly files: SquashfsFiles } {
  return image.kind === 'root' && 'squashfs' in image.files;
}

export function filesOf(image: Image): readonly ImageFile[] {
  return Object.values(image.files) as readonly ImageFile[];
}

/** `20260707.10` is newer than `20260707.9`: newest first. */
export function newestFirst(a: Pick<Image, 'serial'>, b: Pick<Image, 'serial'>): number {
  return b.serial.localeCompare(a.serial, 'en', { numeric: true });
}

/** `debian/12@20261101`: one serial of it. */
export function imageReference({ name, serial }: Pick<Image, 'name' | 'serial'>): string {
  return `${name}@${serial}`;
}
