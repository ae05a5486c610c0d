import type { ArrayLevel, PlannedArray, PlannedGroup, PlannedStorage } from '../../../model/index.ts';
import { formatBytes } from '../format-bytes.ts';
import { refuse } from '../refuse.ts';
import type { Device, Devices } from './devices.ts';
import type { StorageDocument } from './document.ts';
import { ARRAY_HEAD, EXTENT, GROUP_HEAD, MIB, roundUp } from './sizes.ts';

type Combinations = Pick<PlannedStorage, 'arrays' | 'groups' | 'caches' | 'pools'>;

/** md(4). */
const fewest: Readonly<Record<ArrayLevel, number>> = { raid0: 2, raid1: 2, raid5: 3, raid6: 4, raid10: 4 };
const MOST_MEMBERS = 32;

/** Everything that is made of partitions, in the order in which it is made. */
export function checkCombinations(
  document: StorageDocument,
  at: (path: string) => string,
  devices: Devices,
): Combinations {
  const { arrays = [], caches = [], groups = [], pools = [] } = document;
  return {
    arrays: arrays.map((array, index): PlannedArray => {
      const path = at(`arrays[${index}]`);
      const { name, level } = array;
      if (array.members.length < fewest[level] || array.members.length > MOST_MEMBERS)
        refuse(
          `${path}.members`,
          `${level} has ${fewest[level]} to ${MOST_MEMBERS} members, not ${array.members.length}.`,
        );
      const members = array.members.map((member, position) =>
        devices.take(member, `${path}.members[${position}]`, ['partition'], `array ${name}`),
      );
      const where = members.map(({ disks }) => disks[0] as number);
      const twice = where.findIndex((disk, position) => where.indexOf(disk) !== position);
      if (level !== 'raid0' && twice !== -1)
        refuse(
          `${path}.members[${twice}]`,
          `${array.members[twice]} is on the same disk as another member; that disk would take both with it.`,
        );
      const smallest = Math.min(...members.map(({ capacity }) => capacity)) - ARRAY_HEAD;
      if (smallest < MIB)
        refuse(`${path}.members`, `They are too small: a member needs more than ${formatBytes(ARRAY_HEAD)}.`);
      devices.add(name, `${path}.name`, {
        kind: 'array',
        use: 'linux',
        capacity: smallest * copies(level, members.length),
        disks: where,
        redundant: level !== 'raid0',
      });
      return { name, level, members: array.members, metadata: '1.2' };
    }),
    caches: caches.map(({ name, backing, cache, mode = 'writethrough' }, index) => {
      const path = at(`caches[${index}]`);
      const behind = devices.take(backing, `${path}.backing`, ['partition', 'array'], `cache ${name}`);
      const before = devices.take(cache, `${path}.cache`, ['partition', 'array'], `cache ${name}`);
      devices.add(name, `${path}.name`, {
        ...behind,
        kind: 'cache',
        capacity: behind.capacity - MIB,
        disks: [...new Set([...behind.disks, ...before.disks])],
        unreadable: 'bcache',
        redundant: behind.redundant && before.redundant,
      });
      return { name, backing, cache, mode };
    }),
    groups: groups.map(({ name, members, volumes }, index): PlannedGroup => {
      const path = at(`groups[${index}]`);
      devices.reserve(name, `${path}.name`);
      if (members.length === 0) refuse(`${path}.members`, 'A group needs a partition, array or cache.');
      const parts = members.map((member, position) =>
        devices.take(
          member,
          `${path}.members[${position}]`,
          ['partition', 'array', 'cache'],
          `group ${name}`,
        ),
      );
      return { name, members, volumes: checkVolumes(volumes, parts, path, devices) };
    }),
    pools: pools.map((pool, index) => {
      const path = at(`pools[${index}]`);
      const parts = pool.members.map((member, position) =>
        devices.take(member, `${path}.members[${position}]`, ['partition'], `pool ${pool.name}`),
      );
      devices.add(pool.name, `${path}.name`, {
        kind: 'pool',
        use: 'linux',
        capacity: Math.min(...parts.map(({ capacity }) => capacity)),
        disks: parts.flatMap(({ disks }) => disks),
        unreadable: 'ZFS',
        redundant: pool.kind === 'mirror',
      });
      return pool;
    }),
  };
}

/** How many times the smallest member an array offers. */
function copies(level: ArrayLevel, members: number): number {
  return { raid0: members, raid1: 1, raid5: members - 1, raid6: members - 2, raid10: members / 2 }[level];
}

function checkVolumes(
  volumes: PlannedGroup['volumes'],
  parts: readonly Device[],
  path: string,
  devices: Devices,
): PlannedGroup['volumes'] {
  const [first] = parts;
  let left = parts.reduce((sum, { capacity }) => sum + Math.max(0, capacity - GROUP_HEAD), 0);
  return volumes.map(({ name, size }, index) => {
    const here = `${path}.volumes[${index}]`;
    if (size === 'rest' && index !== volumes.length - 1)
      refuse(`${here}.size`, 'Only the last volume of a group can have the rest.');
    if (size !== 'rest' && !(Number.isSafeInteger(size) && size > 0))
      refuse(`${here}.size`, 'A size is a whole number of bytes, or rest.');
    const bytes = size === 'rest' ? Math.floor(left / EXTENT) * EXTENT : roundUp(size, EXTENT);
    if (bytes > left || bytes < EXTENT)
      refuse(
        `${here}.size`,
        `${formatBytes(bytes)} do not fit: ${formatBytes(Math.max(0, left))} are left in the group.`,
      );
    left -= bytes;
    const unreadable = parts.find((part) => part.unreadable !== undefined)?.unreadable;
    devices.add(name, `${here}.name`, {
      kind: 'volume',
      use: 'linux',
      capacity: bytes,
      disks: [...new Set(parts.flatMap(({ disks }) => disks))],
      redundant: parts.length === 1 && first?.redundant === true,
      ...(unreadable !== undefined && { unreadable }),
    });
    return { name, size: size === 'rest' ? 'rest' : bytes };
  });
}
