/**
 * How the disks of a machine are laid out: what is asked, and what is planned. Sizes are bytes. The preset layouts become the
 * same planned form as a document of the operator's own. docs/reference/storage.md describes both.
 */

export const storageLayouts = ['flat', 'lvm', 'raid1', 'raid10', 'zfs', 'bcache', 'custom'] as const;
export type StorageLayout = (typeof storageLayouts)[number];

export type StorageRequest = PresetStorage | BcacheStorage | CustomStorage;

/** Every field that is given must fit; texts are compared as a whole, without regard to case. */
export interface DiskSelector {
  readonly serial?: string;
  readonly wwn?: string;
  /** As /dev/disk/by-path names it: `pci-0000:00:05.0-nvme-1`. */
  readonly path?: string;
  readonly model?: string;
  readonly transport?: string;
  readonly rotation?: 'solid' | 'rotating';
  readonly sizeMin?: number;
  readonly sizeMax?: number;
}

export interface DisksSelector extends DiskSelector {
  /** How many such disks. Default: 1; for the only selector of a layout, what that layout needs at least. */
  readonly count?: number;
}

export const rootFileSystems = ['ext4', 'xfs', 'btrfs'] as const;
export type RootFileSystem = (typeof rootFileSystems)[number];

export interface PresetStorage {
  readonly layout: 'flat' | 'lvm' | 'raid1' | 'raid10' | 'zfs';
  /** Default: the smallest that fit, solid state first; one, for raid1 two, for raid10 four. */
  readonly disks?: readonly DisksSelector[];
  /** Default: ext4. */
  readonly fileSystem?: RootFileSystem;
  /** Default: the rest; with LVM 32 GiB, or all when there is less, and what is left stays free. */
  readonly rootSize?: Size;
  /** Default: none. */
  readonly swap?: number;
  /** LVM only. Default: `system`. */
  readonly group?: string;
}

export interface BcacheStorage {
  readonly layout: 'bcache';
  /** Default: the smallest rotating disk that fits. */
  readonly backing?: DiskSelector;
  /** Default: the smallest solid-state disk. */
  readonly cache?: DiskSelector;
  readonly mode?: CacheMode;
  readonly fileSystem?: RootFileSystem;
}

export type Size = number | 'rest';

/** Everything in it has a name, and is referred to by its name. */
export interface CustomStorage {
  readonly layout: 'custom';
  readonly disks: readonly CustomDisk[];
  readonly arrays?: readonly CustomArray[];
  readonly groups?: readonly CustomGroup[];
  readonly caches?: readonly CustomCache[];
  readonly fileSystems: readonly CustomFileSystem[];
}

export interface CustomDisk {
  readonly name: string;
  readonly select: DiskSelector;
  readonly partitions: readonly CustomPartition[];
}

export interface CustomPartition {
  readonly name: string;
  readonly size: Size;
  /** `bios` and `efi` are what machines start from; neither is given a file system by the document. Default: `linux`. */
  readonly use?: 'linux' | 'bios' | 'efi';
}

export const arrayLevels = ['raid0', 'raid1', 'raid5', 'raid6', 'raid10'] as const;
export type ArrayLevel = (typeof arrayLevels)[number];

export interface CustomArray {
  readonly name: string;
  readonly level: ArrayLevel;
  readonly members: readonly string[];
}

export interface CustomGroup {
  readonly name: string;
  readonly members: readonly string[];
  readonly volumes: readonly { readonly name: string; readonly size: Size }[];
}

export const cacheModes = ['writethrough', 'writeback', 'writearound'] as const;
export type CacheMode = (typeof cacheModes)[number];

export interface CustomCache {
  readonly name: string;
  readonly backing: string;
  readonly cache: string;
  readonly mode?: CacheMode;
}

export const customFileSystems = ['ext4', 'xfs', 'btrfs', 'vfat', 'swap'] as const;

export interface CustomFileSystem {
  /** A partition, array, volume (by its own name) or cache. */
  readonly on: string;
  readonly kind: (typeof customFileSystems)[number];
  readonly label?: string;
  readonly mount?: string;
  readonly options?: readonly string[];
}

/** A disk is found again by what does not change between boots; exactly one must fit. */
export interface PlannedDisk {
  readonly serial: string;
  readonly wwn: string;
  readonly size: number;
  /** For people. */
  readonly name: string;
  readonly model: string;
  /** What is on it now and will be lost. */
  readonly loses: readonly string[];
}

export interface PlannedStorage {
  readonly layout: StorageLayout;
  /** All that are written to, in the order of the plan. */
  readonly disks: readonly (PlannedDisk & { readonly partitions: readonly PlannedPartition[] })[];
  readonly arrays: readonly PlannedArray[];
  readonly groups: readonly PlannedGroup[];
  readonly caches: readonly Required<CustomCache>[];
  readonly pools: readonly PlannedPool[];
  readonly fileSystems: readonly PlannedFileSystem[];
}

export interface PlannedPartition {
  readonly number: number;
  /** Its name in the partition table, and what the rest of the plan calls it. */
  readonly label: string;
  /**
   * sgdisk type code: `ef02` BIOS boot, `ef00` EFI system, `8304` Linux root x86-64, `8305` arm64, `8300` Linux data, `8200` swap,
   * `fd00` RAID, `8e00` LVM, `bf00` ZFS.
   */
  readonly typeCode: 'ef02' | 'ef00' | '8304' | '8305' | '8300' | '8200' | 'fd00' | '8e00' | 'bf00';
  /** What is left of the disk, or bytes. */
  readonly size: Size;
}

export interface PlannedArray extends CustomArray {
  /** Version of the superblock; all that there is to choose is what GRUB reads. */
  readonly metadata: '1.2';
}

export type PlannedGroup = CustomGroup;

/** A ZFS pool with one dataset for the root. */
export interface PlannedPool {
  readonly name: string;
  readonly kind: 'single' | 'mirror';
  readonly members: readonly string[];
  /** Below the pool: `ROOT`. */
  readonly dataset: string;
}

export interface PlannedFileSystem {
  readonly on: string;
  readonly kind: 'ext4' | 'xfs' | 'btrfs' | 'vfat' | 'swap' | 'zfs';
  readonly label?: string;
  /** Absent: swap, and the EFI system partitions of all disks but the first. */
  readonly mount?: string;
  /** For fstab, beside what its kind gets anyway. */
  readonly options: readonly string[];
}
