import type {
  DeployPlan,
  PlannedDisk,
  PlannedFileSystem,
  PlannedPartition,
  PlannedStorage,
  Size,
} from '../../../model/index.ts';
import { formatBytes } from '../format-bytes.ts';

/** Disk by disk what is lost and what is made, then what is made of them. */
export function describeStorage({ storage, firmware, image }: DeployPlan): string[] {
  const several = storage.disks.length > 1;
  const table = firmware === 'uefi' ? 'UEFI, GPT' : 'BIOS, GPT';
  const on = (name: string) => {
    const fileSystem = storage.fileSystems.find((planned) => planned.on === name);
    return fileSystem ? ` ${fileSystemWords(fileSystem)}` : '';
  };
  const partitionWords = ({ number, label, size }: PlannedPartition) =>
    `${number} ${label} ${sizeWords(size)}${on(label)}`;
  return [
    ...(storage.layout === 'flat' ? [] : [`Layout: ${storage.layout}`]),
    ...storage.disks.flatMap((disk, index) => {
      const which = several ? ` ${index + 1}` : '';
      const lost = disk.loses.length === 0 ? 'nothing is known to be on that disk' : disk.loses.join('; ');
      const made =
        image.kind === 'disk'
          ? "the image's own"
          : `${table}, ${disk.partitions.map(partitionWords).join(', ')}`;
      return [`Disk${which}: ${diskWords(disk)}`, `Lost${which}: ${lost}`, `Partitions${which}: ${made}`];
    }),
    ...storage.arrays.map(
      ({ name, level, members }) => `Array: ${name} ${level} of ${members.join(', ')}${on(name)}`,
    ),
    ...storage.caches.map(
      ({ name, backing, cache, mode }) =>
        `Cache: ${name}, ${cache} in front of ${backing}, ${mode}${on(name)}`,
    ),
    ...storage.groups.map(({ name, members, volumes }) => {
      const parts = volumes.map((volume) => `${volume.name} ${sizeWords(volume.size)}${on(volume.name)}`);
      return `Volume group: ${name} on ${members.join(', ')}: ${parts.join(', ') || 'empty'}`;
    }),
    ...storage.pools.map(
      ({ name, kind, members, dataset }) =>
        `ZFS pool: ${name} ${kind} of ${members.join(', ')}: ${dataset}${on(name)}`,
    ),
    ...bootWords(storage),
  ];
}

function bootWords({ disks }: PlannedStorage): string[] {
  const starts = disks.filter(({ partitions }) =>
    partitions.some(({ typeCode }) => typeCode === 'ef00' || typeCode === 'ef02'),
  );
  return starts.length > 1 ? [`Boot loader: on each of ${starts.length} disks`] : [];
}

/** By what finds it again; the kernel's name is only a hint. */
export function diskWords(disk: PlannedDisk): string {
  const identity = [
    ...(disk.serial === '' ? [] : [`serial ${disk.serial}`]),
    ...(disk.wwn === '' ? [] : [`WWN ${disk.wwn}`]),
  ];
  const named = identity.length === 0 ? 'the only disk' : identity.join(', ');
  return `${named}, ${formatBytes(disk.size)}${disk.model === '' ? '' : ` ${disk.model}`} (${disk.name} when it was commissioned)`;
}

export function fileSystemWords({ kind, mount }: PlannedFileSystem): string {
  return mount === undefined ? kind : `${kind} at ${mount}`;
}

function sizeWords(size: Size): string {
  return size === 'rest' ? 'the rest' : formatBytes(size);
}
