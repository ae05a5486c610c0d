import {
  CodedError,
  type PlannedFileSystem,
  type PlannedPartition,
  type PlannedStorage,
} from '../../../model/index.ts';

/** Where a name of the plan is on the machine. `disk` counts from 0. */
export type Place =
  | { readonly kind: 'partition'; readonly disk: number; readonly partition: PlannedPartition }
  | { readonly kind: 'array' | 'cache' | 'pool'; readonly name: string }
  | { readonly kind: 'volume'; readonly group: string; readonly name: string };

export function placeOf({ disks, arrays, groups, caches, pools }: PlannedStorage, name: string): Place {
  for (const [disk, { partitions }] of disks.entries()) {
    const partition = partitions.find(({ label }) => label === name);
    if (partition) return { kind: 'partition', disk, partition };
  }
  if (arrays.some((array) => array.name === name)) return { kind: 'array', name };
  if (caches.some((cache) => cache.name === name)) return { kind: 'cache', name };
  if (pools.some((pool) => pool.name === name)) return { kind: 'pool', name };
  const group = groups.find(({ volumes }) => volumes.some((volume) => volume.name === name));
  if (group) return { kind: 'volume', group: group.name, name };
  throw new CodedError('INTERNAL', `The plan has nothing with the name ${name}.`);
}

export function rootOf(storage: PlannedStorage): PlannedFileSystem {
  return fileSystemAt(storage, '/') ?? missing('root file system');
}

/** Where the kernel is: what GRUB has to read. */
export function bootOf(storage: PlannedStorage): PlannedFileSystem {
  return fileSystemAt(storage, '/boot') ?? rootOf(storage);
}

export function fileSystemAt({ fileSystems }: PlannedStorage, mount: string): PlannedFileSystem | undefined {
  return fileSystems.find((fileSystem) => fileSystem.mount === mount);
}

export interface LoaderPartition {
  /** Counts from 0. */
  readonly disk: number;
  readonly partition: PlannedPartition;
}

/** One a disk that the machine can start from. */
export function loaderPartitions({ disks }: PlannedStorage, typeCode: 'ef00' | 'ef02'): LoaderPartition[] {
  return disks.flatMap(({ partitions }, disk) =>
    partitions
      .filter((partition) => partition.typeCode === typeCode)
      .map((partition) => ({ disk, partition })),
  );
}

/** Mounted by the installer, from the root downwards; the EFI system partition only for the boot loader. */
export function mountOrder({ fileSystems }: PlannedStorage): readonly PlannedFileSystem[] {
  const depth = ({ mount }: PlannedFileSystem) => (mount === '/' ? 0 : (mount ?? '').split('/').length);
  return fileSystems
    .filter(({ mount }) => mount !== undefined && mount !== '/boot/efi')
    .toSorted((a, b) => depth(a) - depth(b));
}

function missing(what: string): never {
  throw new CodedError('INTERNAL', `The plan has no ${what}.`);
}
