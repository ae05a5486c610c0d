import type { DeployPlan, PlannedStorage } from '../../model/index.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { exitStatus } from '../exit-status.ts';
import type { InstallIdentifiers } from '../identifiers.ts';
import { DISK_FILE } from '../paths.ts';
import { placeOf } from '../plan/storage/find.ts';

/**
 * How the later steps find what the earlier ones made. With one disk, `$name` and `$disk` are that disk; with several,
 * `use_disk N` makes them the Nth (from 1).
 */
export function knowDevices({ storage }: DeployPlan): Shell {
  return lines(
    storage.disks.length === 1 ? oneDisk() : manyDisks(),
    knowPartitions(),
    ...(storage.arrays.length === 0 ? [] : [knowArrays()]),
  );
}

/** One command for `$disk`, `$name` to be this disk; counts from 0. */
export function useDisk({ disks }: PlannedStorage, disk: number): Shell {
  return disks.length === 1 ? lines() : shell`use_disk ${disk + 1}`;
}

/** Sets `$part` to the device with this name in the plan. */
export function locate(storage: PlannedStorage, ids: InstallIdentifiers, name: string): Shell {
  const place = placeOf(storage, name);
  switch (place.kind) {
    case 'partition': {
      const find = shell`part ${place.partition.number} || fail ${exitStatus.diskChanged} ${`partition ${name} is gone`}`;
      return storage.disks.length === 1 ? find : lines(useDisk(storage, place.disk), find);
    }
    case 'array':
      return shell`array ${ids.array(name)} || fail ${exitStatus.diskChanged} ${`array ${name} is gone`}`;
    case 'volume':
      return shell`part=${`/dev/${place.group}/${place.name}`}
[ -b "$part" ] || vgchange -q -ay ${place.group} >/dev/null || :
[ -b "$part" ] || fail ${exitStatus.diskChanged} ${`volume ${place.group}/${place.name} is gone`}`;
    case 'cache': {
      const backing = storage.caches.find((cache) => cache.name === name)?.backing ?? '';
      return lines(
        locate(storage, ids, backing),
        shell`behind=\${part##*/} part=
for entry in /sys/class/block/bcache*/slaves/"$behind"; do
  [ ! -e "$entry" ] || { part=\${entry#/sys/class/block/}; part=/dev/\${part%%/*}; }
done
[ -b "$part" ] || fail ${exitStatus.diskChanged} ${`cache ${name} is gone`}`,
      );
    }
    case 'pool':
      return shell`part=${`${name}/${storage.pools.find((pool) => pool.name === name)?.dataset ?? ''}`}`;
  }
}

function oneDisk(): Shell {
  return shell`name=
[ ! -f ${DISK_FILE} ] || read -r name <${DISK_FILE}
[ -n "$name" ] || fail ${exitStatus.interrupted} 'the machine was restarted: the disk that was found is not known any more'
disk=/dev/$name
`;
}

function manyDisks(): Shell {
  return shell`use_disk() {
  name='' at=0
  [ ! -f ${DISK_FILE} ] || while read -r line; do
    at=$((at + 1))
    [ $at -ne "$1" ] || name=$line
  done <${DISK_FILE}
  [ -n "$name" ] || fail ${exitStatus.interrupted} 'the machine was restarted: the disks that were found are not known any more'
  disk=/dev/$name
}
use_disk 1
`;
}

/** `part N`: sets `$part` to the device of the partition, whatever its kernel names partitions. */
function knowPartitions(): Shell {
  return shell`part() {
  part=
  for entry in "/sys/class/block/$name/$name"*; do
    [ -r "$entry/partition" ] || continue
    read -r number <"$entry/partition"
    [ "$number" != "$1" ] || part=/dev/\${entry##*/}
  done
  [ -b "$part" ]
}
`;
}

/** `array UUID`: by UUID, because /dev/md/NAME depends on udev and on who put the array together. */
function knowArrays(): Shell {
  return shell`array() {
  part=
  for entry in /sys/class/block/md*; do
    [ -r "$entry/md/level" ] || continue
    case $(mdadm --detail --export "/dev/\${entry##*/}" 2>/dev/null) in
    *"MD_UUID=$1"*) part=/dev/\${entry##*/} ;;
    esac
  done
  [ -b "$part" ]
}
`;
}
