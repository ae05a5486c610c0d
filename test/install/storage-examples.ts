import type { PlanInput } from '../../install/index.ts';
import type { CustomStorage, Disk, Firmware, StorageRequest } from '../../model/index.ts';
import { disk, GIB, inventory, planInput } from './example.ts';

const MIB = 1024 ** 2;

/** Four alike, and a large one that turns. */
export function fourDisks(): readonly Disk[] {
  const alike = [1, 2, 3, 4].map((n) =>
    disk({ name: `nvme${n}n1`, serial: `S-${n}`, size: 40 * GIB, holds: [] }),
  );
  return [...alike, disk({ name: 'sda', serial: 'R-1', size: 400 * GIB, rotational: true, holds: [] })];
}

/** With an image that can do everything. */
export const manyDisks: Pick<PlanInput, 'inventory' | 'image'> = {
  inventory: inventory(fourDisks()),
  image: { ...planInput().image, storage: ['zfs', 'bcache'] },
};

/** A document of two disks: mirrored root inside LVM, and a file system of its own on the first one. */
export function customDocument(firmware: Firmware): CustomStorage {
  const loader =
    firmware === 'uefi'
      ? ({ size: 512 * MIB, use: 'efi' } as const)
      : ({ size: 2 * MIB, use: 'bios' } as const);
  return {
    layout: 'custom',
    disks: [
      {
        name: 'first',
        select: { serial: 'S-2' },
        partitions: [
          { name: 'loader-1', ...loader },
          { name: 'half-1', size: 20 * GIB },
          { name: 'data', size: 'rest' },
        ],
      },
      {
        name: 'second',
        select: { serial: 'S-3' },
        partitions: [
          { name: 'loader-2', ...loader },
          { name: 'half-2', size: 20 * GIB },
        ],
      },
    ],
    arrays: [{ name: 'pair', level: 'raid1', members: ['half-1', 'half-2'] }],
    groups: [
      {
        name: 'vg',
        members: ['pair'],
        volumes: [
          { name: 'root', size: 12 * GIB },
          { name: 'swap', size: GIB },
        ],
      },
    ],
    fileSystems: [
      { on: 'root', kind: 'ext4', mount: '/' },
      { on: 'data', kind: 'xfs', mount: '/srv/data', options: ['nodev', 'nofail'] },
      { on: 'swap', kind: 'swap' },
    ],
  };
}

export function layouts(firmware: Firmware): Readonly<Record<string, StorageRequest>> {
  return {
    lvm: { layout: 'lvm', swap: GIB },
    'lvm over two disks, btrfs': {
      layout: 'lvm',
      disks: [{ count: 2 }],
      fileSystem: 'btrfs',
      rootSize: 'rest',
    },
    raid1: { layout: 'raid1', swap: GIB },
    raid10: { layout: 'raid10', fileSystem: 'xfs' },
    zfs: { layout: 'zfs', disks: [{ count: 2 }] },
    bcache: { layout: 'bcache', mode: 'writeback' },
    custom: customDocument(firmware),
  };
}
