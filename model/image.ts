/** One release for one architecture and kernel, with its files, all of them verified and here. */
export interface Image {
  /** As people say it: `ubuntu/24.04`, `debian/12`. */
  readonly name: string;
  readonly os: string;
  readonly version: string;
  readonly codename: string;
  readonly title: string;
  readonly arch: 'amd64' | 'arm64';
  /** `ga-24.04`, `hwe-24.04` … */
  readonly kernel: string;
  readonly flavour: string;
  /** Stream's version: `20261115`, `20260707.1`. */
  readonly serial: string;
  readonly files: Readonly<Record<ImageFileKind, ImageFile>>;
  /** Package of the kernel that an installed system gets when the image has none. */
  readonly kernelPackage: string;
  /** Where it came from. */
  readonly stream: string;
  readonly syncedAt: string;
}

export const imageFileKinds = ['boot-kernel', 'boot-initrd', 'squashfs'] as const;
export type ImageFileKind = (typeof imageFileKinds)[number];

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
