import type { PlannedFileSystem, PlannedStorage } from '../../../model/index.ts';

/** What making and starting from this storage takes, beside what every system has. */
export interface StorageNeeds {
  /** Programs of the system that installs. */
  readonly tools: readonly string[];
  /** Modules of the kernel that installs. */
  readonly modules: readonly string[];
  /** Of the installed system: the program that shows that it is there, and the package that brings it. */
  readonly packages: readonly { readonly program: string; readonly package: string }[];
  /** What the initrd of the installed system has to load; empty: any initrd will do. */
  readonly initrdModules: readonly string[];
}

export function storageNeeds(storage: PlannedStorage): StorageNeeds {
  const { arrays, groups, caches, pools, fileSystems } = storage;
  const levels = [...new Set(arrays.map(({ level }) => moduleOf(level)))];
  const has = (kind: PlannedFileSystem['kind']) => fileSystems.some((fileSystem) => fileSystem.kind === kind);
  const parts = [
    arrays.length > 0 && {
      tools: ['mdadm'],
      modules: levels,
      packages: [{ program: 'mdadm', package: 'mdadm' }],
    },
    groups.length > 0 && {
      tools: ['lvm'],
      modules: ['dm_mod'],
      packages: [{ program: 'lvm', package: 'lvm2' }],
    },
    caches.length > 0 && {
      tools: ['make-bcache'],
      modules: ['bcache'],
      packages: [{ program: 'make-bcache', package: 'bcache-tools' }],
    },
    pools.length > 0 && {
      tools: ['zpool'],
      modules: ['zfs'],
      packages: [
        { program: 'zpool', package: 'zfsutils-linux' },
        { program: 'zfs', package: 'zfs-initramfs' },
      ],
    },
    has('xfs') && {
      tools: ['mkfs.xfs'],
      modules: ['xfs'],
      packages: [{ program: 'mkfs.xfs', package: 'xfsprogs' }],
    },
    has('btrfs') && {
      tools: ['mkfs.btrfs'],
      modules: ['btrfs'],
      packages: [{ program: 'mkfs.btrfs', package: 'btrfs-progs' }],
    },
  ].filter((part) => part !== false);
  const early = fileSystems.filter(({ mount }) => mount === '/' || mount === '/usr');
  const rootModules = early.flatMap(({ kind }) => (kind === 'xfs' || kind === 'btrfs' ? [kind] : []));
  const below = [...arrays, ...groups, ...caches, ...pools].length > 0;
  return {
    tools: parts.flatMap(({ tools }) => tools),
    modules: parts.flatMap(({ modules }) => modules),
    packages: parts.flatMap(({ packages }) => packages),
    initrdModules: [
      ...levels,
      ...(groups.length > 0 ? ['dm_mod'] : []),
      ...(caches.length > 0 ? ['bcache'] : []),
      ...(pools.length > 0 ? ['zfs'] : []),
      ...new Set(rootModules),
      ...(below && rootModules.length === 0 ? ['ext4'] : []),
    ],
  };
}

/** md(4): one module for the levels with parity. */
function moduleOf(level: string): string {
  return level === 'raid5' || level === 'raid6' ? 'raid456' : level;
}
