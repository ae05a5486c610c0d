import type { CustomDisk, PlannedDisk, PlannedPartition } from '../../../model/index.ts';
import { formatBytes } from '../format-bytes.ts';
import { refuse } from '../refuse.ts';
import type { Devices } from './devices.ts';
import { MIB, roundUp, TABLES } from './sizes.ts';

/** Names and sizes; their type codes follow from what becomes of them. */
export type SizedPartition = Pick<PlannedPartition, 'number' | 'label' | 'size'> & {
  readonly use: 'linux' | 'bios' | 'efi';
};

/** sgdisk makes room for 128; nobody has meant more than this. */
const MOST = 32;
const SMALLEST = { linux: MIB, bios: MIB, efi: 64 * MIB } as const;

export function checkPartitions(
  { name: diskName, partitions }: CustomDisk,
  index: number,
  disk: PlannedDisk,
  at: (path: string) => string,
  devices: Devices,
): readonly SizedPartition[] {
  const path = at(`disks[${index}].partitions`);
  if (partitions.length > MOST) refuse(path, `There are more than ${MOST}.`);
  let left = disk.size - TABLES;
  return partitions.map(({ name, size, use = 'linux' }, position) => {
    const here = at(`disks[${index}].partitions[${position}]`);
    if (size === 'rest' && position !== partitions.length - 1)
      refuse(`${here}.size`, 'Only the last partition of a disk can have the rest.');
    if (size !== 'rest' && !(Number.isSafeInteger(size) && size > 0))
      refuse(`${here}.size`, 'A size is a whole number of bytes, or rest.');
    const bytes = size === 'rest' ? Math.floor(left / MIB) * MIB : roundUp(size, MIB);
    if (bytes < SMALLEST[use] || bytes > left)
      refuse(
        `${here}.size`,
        bytes > left && size !== 'rest'
          ? `${formatBytes(bytes)} do not fit: ${formatBytes(Math.max(0, left))} are left on ${diskName} (${formatBytes(disk.size)}).`
          : `${formatBytes(Math.max(0, bytes))} are too little for ${name}; it needs ${formatBytes(SMALLEST[use])}.`,
      );
    left -= bytes;
    devices.add(name, `${here}.name`, {
      kind: 'partition',
      use,
      capacity: bytes,
      disks: [index],
      redundant: false,
    });
    return { number: position + 1, label: name, size: size === 'rest' ? 'rest' : bytes, use };
  });
}
