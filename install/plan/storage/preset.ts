import type {
  BcacheStorage,
  CustomPartition,
  Disk,
  DisksSelector,
  Firmware,
  PlannedDisk,
  PresetStorage,
} from '../../../model/index.ts';
import { quoted, refuse } from '../refuse.ts';
import type { ChosenDocument, StorageDocument } from './document.ts';
import { selectDisks, type Wish } from './select-disks.ts';
import {
  ARRAY_HEAD,
  BIOS_BOOT,
  BOOT,
  EFI_SYSTEM,
  EXTENT,
  GROUP_HEAD,
  roundUp,
  TABLES,
  VOLUME_ROOT,
} from './sizes.ts';

export interface StorageMachine {
  readonly disks: readonly Disk[];
  readonly firmware: Firmware;
  /** Bytes that the root needs. */
  readonly needed: number;
}

const fewest = { flat: 1, lvm: 1, raid1: 2, raid10: 4, zfs: 1 } as const;
const MOST_DISKS = 32;

/** `flat`, `lvm`, `raid1`, `raid10`, `zfs`. */
export function presetDocument(request: PresetStorage, machine: StorageMachine): ChosenDocument {
  const { layout, swap = 0, fileSystem = 'ext4', rootSize = 'rest' } = request;
  if (layout === 'zfs') {
    for (const field of ['fileSystem', 'rootSize', 'swap'] as const)
      if (request[field] !== undefined) refuse(`storage.${field}`, 'The layout zfs has none.');
  }
  if (request.group !== undefined && layout !== 'lvm')
    refuse('storage.group', `The layout ${layout} has no volume group.`);
  const count = diskCount(request);
  const root = rootSize === 'rest' ? machine.needed : Math.max(rootSize, machine.needed);
  const disks = selectDisks(machine.disks, wishes(request, count, machine, root + swap));
  const context = { request, disks, machine, swap, fileSystem };
  switch (layout) {
    case 'flat':
      return { disks, document: flat(context) };
    case 'lvm':
      return { disks, document: lvm(context) };
    case 'raid1':
    case 'raid10':
      return { disks, document: mirrored(context, layout) };
    case 'zfs':
      return { disks, document: zfs(context) };
  }
}

interface Context {
  readonly request: PresetStorage;
  readonly disks: readonly PlannedDisk[];
  readonly machine: StorageMachine;
  readonly swap: number;
  readonly fileSystem: 'ext4' | 'xfs' | 'btrfs';
}

/** One root and no LVM: what an image can be copied into without a question. */
function flat({ request, machine, swap, fileSystem }: Context): StorageDocument {
  const partitions: CustomPartition[] = [
    loader(machine.firmware),
    ...(swap > 0 ? [{ name: 'swap', size: swap }] : []),
    { name: 'root', size: request.rootSize ?? 'rest' },
  ];
  return {
    disks: [{ name: 'disk-1', select: {}, partitions }],
    fileSystems: [rootOn('root', fileSystem), ...swapOn(swap)],
  };
}

function lvm({ request, disks, machine, swap, fileSystem }: Context): StorageDocument {
  const many = disks.length > 1;
  const group = request.group ?? 'system';
  const fixed = TABLES + loader(machine.firmware).size;
  const room = disks.reduce((sum, { size }) => sum + size - GROUP_HEAD, 0) - fixed - roundUp(swap, EXTENT);
  const free = room - Math.max(VOLUME_ROOT, machine.needed);
  const size =
    request.rootSize ?? (free > 0 ? Math.max(VOLUME_ROOT, roundUp(machine.needed, EXTENT)) : 'rest');
  return {
    disks: disks.map((_, index) => ({
      name: `disk-${index + 1}`,
      select: {},
      partitions: [
        ...(index === 0 ? [loader(machine.firmware)] : []),
        { name: numbered('lvm', index, many), size: 'rest' },
      ],
    })),
    groups: [
      {
        name: group,
        members: disks.map((_, index) => numbered('lvm', index, many)),
        volumes: [...(swap > 0 ? [{ name: 'swap', size: swap }] : []), { name: 'root', size }],
      },
    ],
    fileSystems: [rootOn('root', fileSystem), ...swapOn(swap)],
  };
}

/** The machine starts with any one of its disks gone: each has a loader of its own, and /boot is inside the array. */
function mirrored(
  { request, disks, machine, swap, fileSystem }: Context,
  level: 'raid1' | 'raid10',
): StorageDocument {
  // Of an array of n disks with two copies each disk holds 2/n.
  const share = level === 'raid1' ? 1 : 2 / disks.length;
  const members = (name: string) => disks.map((_, index) => numbered(name, index, true));
  const size =
    request.rootSize === undefined || request.rootSize === 'rest'
      ? 'rest'
      : Math.ceil(request.rootSize * share) + ARRAY_HEAD;
  return {
    disks: disks.map((_, index) => ({
      name: `disk-${index + 1}`,
      select: {},
      partitions: [
        { ...loader(machine.firmware), name: numbered(loader(machine.firmware).name, index, true) },
        ...(swap > 0
          ? [{ name: numbered('swap', index, true), size: Math.ceil(swap * share) + ARRAY_HEAD }]
          : []),
        { name: numbered('root', index, true), size },
      ],
    })),
    arrays: [
      { name: 'root', level, members: members('root') },
      ...(swap > 0 ? [{ name: 'swap', level, members: members('swap') }] : []),
    ],
    fileSystems: [rootOn('root', fileSystem), ...swapOn(swap)],
  };
}

/** GRUB reads only some of what pools can be, so /boot is outside of it: on a mirror of its own, when there are several disks. */
function zfs({ disks, machine }: Context): StorageDocument {
  const many = disks.length > 1;
  const boots = disks.map((_, index) => numbered('boot', index, many));
  const members = disks.map((_, index) => numbered('zfs', index, many));
  return {
    disks: disks.map((_, index) => ({
      name: `disk-${index + 1}`,
      select: {},
      partitions: [
        { ...loader(machine.firmware), name: numbered(loader(machine.firmware).name, index, many) },
        { name: numbered('boot', index, many), size: BOOT },
        { name: numbered('zfs', index, many), size: 'rest' },
      ],
    })),
    ...(many && { arrays: [{ name: 'boot', level: 'raid1', members: boots }] }),
    pools: [{ name: 'rpool', kind: many ? 'mirror' : 'single', members, dataset: 'ROOT' }],
    fileSystems: [
      { on: 'rpool', kind: 'zfs', mount: '/' },
      { on: 'boot', kind: 'ext4', label: 'boot', mount: '/boot' },
    ],
  };
}

/** A rotating disk behind a solid-state one. GRUB cannot read it, so /boot is a partition. */
export function bcacheDocument(request: BcacheStorage, machine: StorageMachine): ChosenDocument {
  const { backing = { rotation: 'rotating' }, cache = { rotation: 'solid' } } = request;
  const fixed = TABLES + EFI_SYSTEM + BOOT;
  const disks = selectDisks(machine.disks, [
    { select: backing, needed: fixed + machine.needed, field: 'storage.backing' },
    { select: cache, needed: 1024 ** 3, field: 'storage.cache' },
  ]);
  return {
    disks,
    document: {
      disks: [
        {
          name: 'disk-1',
          select: {},
          partitions: [
            loader(machine.firmware),
            { name: 'boot', size: BOOT },
            { name: 'backing', size: 'rest' },
          ],
        },
        { name: 'disk-2', select: {}, partitions: [{ name: 'cache', size: 'rest' }] },
      ],
      caches: [{ name: 'root', backing: 'backing', cache: 'cache', mode: request.mode ?? 'writethrough' }],
      fileSystems: [
        rootOn('root', request.fileSystem ?? 'ext4'),
        { on: 'boot', kind: 'ext4', label: 'boot', mount: '/boot' },
      ],
    },
  };
}

function diskCount({ layout, disks }: PresetStorage): number {
  const asked = disks?.reduce((sum, { count }) => sum + (count ?? 1), 0) ?? 0;
  const only = disks?.length === 1 && disks[0]?.count === undefined;
  const count = disks === undefined || disks.length === 0 || only ? fewest[layout] : asked;
  const most = layout === 'flat' ? 1 : MOST_DISKS;
  if (count < fewest[layout] || count > most)
    refuse(
      'storage.disks',
      `The layout ${layout} has ${fewest[layout] === most ? 'one disk' : `${fewest[layout]} to ${most} disks`}, and ${quoted(String(count))} are asked for.`,
    );
  return count;
}

function wishes(
  { layout, disks }: PresetStorage,
  count: number,
  { firmware }: StorageMachine,
  content: number,
): Wish[] {
  const selectors: readonly DisksSelector[] = disks === undefined || disks.length === 0 ? [{}] : disks;
  const fixed = TABLES + loader(firmware).size;
  const share = {
    flat: content,
    lvm: Math.ceil(content / count) + GROUP_HEAD,
    raid1: content + 2 * ARRAY_HEAD,
    raid10: Math.ceil((content * 2) / count) + 2 * ARRAY_HEAD,
    zfs: BOOT + content,
  }[layout];
  return selectors.flatMap(({ count: asked, ...select }, index) => {
    const several = selectors.length === 1 ? count : (asked ?? 1);
    return Array.from({ length: several }, () => ({
      select,
      needed: fixed + share,
      field: `storage.disks[${index}]`,
    }));
  });
}

function loader(firmware: Firmware) {
  switch (firmware) {
    case 'bios':
      return { name: 'bios', size: BIOS_BOOT, use: 'bios' } as const;
    case 'uefi':
      return { name: 'ESP', size: EFI_SYSTEM, use: 'efi' } as const;
  }
}

function rootOn(on: string, kind: 'ext4' | 'xfs' | 'btrfs') {
  return { on, kind, label: 'root', mount: '/' } as const;
}

function swapOn(bytes: number) {
  return bytes > 0 ? [{ on: 'swap', kind: 'swap' } as const] : [];
}

function numbered(name: string, index: number, many: boolean): string {
  return many ? `${name}-${index + 1}` : name;
}
