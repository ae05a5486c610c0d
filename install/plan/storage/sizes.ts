export const MIB = 1024 ** 2;
export const GIB = 1024 ** 3;

/** GRUB's core image is 100 to 200 KiB; 2 MiB keeps the next partition aligned. */
export const BIOS_BOOT = 2 * MIB;
/** FAT32 on disks with 4 KiB sectors needs 260 MiB; 512 leaves room for a distribution's second loader. */
export const EFI_SYSTEM = 512 * MIB;
/** Three kernels with their initrds, where GRUB cannot read the root. */
export const BOOT = 1024 * MIB;
/** Both partition tables and the alignment of the first partition. */
export const TABLES = 4 * MIB;
/** Superblock, bitmap and data offset of a member of an array: mdadm takes up to 128 MiB of a large one. */
export const ARRAY_HEAD = 136 * MIB;
/** LVM's metadata, and what is lost to whole extents of 4 MiB. */
export const EXTENT = 4 * MIB;
export const GROUP_HEAD = 2 * EXTENT;
/** What a group gives to the root when nobody says more; the rest stays free for volumes that come later. */
export const VOLUME_ROOT = 32 * GIB;

/** A squashfs of a server system unpacks to 3 to 3.5 times its size (zstd and xz, measured); 4 is on the safe side. */
const UNPACKED = 4;
/** Kernel, initrd, package lists and logs of the first days. */
const HEADROOM = 1024 * MIB;

/** What the root needs, in bytes. */
export function bytesUnpacked(squashfsBytes: number): number {
  return squashfsBytes * UNPACKED + HEADROOM;
}

/** Partitions and volumes are made of whole units. */
export function roundUp(bytes: number, unit: number): number {
  return Math.ceil(bytes / unit) * unit;
}
