import type { DeployPlan, PlannedFileSystem } from '../../model/index.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { exitStatus } from '../exit-status.ts';
import { installIdentifiers } from '../identifiers.ts';
import { INTENT_FILE, STATE, TARGET } from '../paths.ts';
import { mountOrder } from '../plan/storage/find.ts';
import { locate } from './devices.ts';

/** What every script starts with. Few processes: under emulation each costs 20 to 50 ms, so `read` stands for `cat`. */
export function prelude(): Shell {
  return shell`set -eu
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
state=${STATE} target=${TARGET}
say() { printf '%s\n' "$*"; }
fail() { status=$1; shift; say "$*"; exit "$status"; }
mkdir -p -m 0700 "$state"
`;
}

/** Nothing after the first write goes on in another boot, or on another's behalf. */
export function requireIntent(intentId: string): Shell {
  return shell`intent=
[ ! -f ${INTENT_FILE} ] || read -r intent <${INTENT_FILE}
[ "$intent" = ${intentId} ] || fail ${exitStatus.interrupted} 'the machine was restarted after its disk was partitioned'
`;
}

/** `mounted PATH` */
export function knowMounts(): Shell {
  return shell`mounted() {
  while read -r _ _ _ _ mounted_at _; do
    [ "$mounted_at" != "$1" ] || return 0
  done </proc/self/mountinfo
  return 1
}
`;
}

/**
 * udev reads again what is on `devices`. It overlooks a write that ends while it still reads what the write before left
 * (inotify(7) watches are off for that long), and `lsblk` and /dev/disk then show what was there before.
 */
export function tellUdev(devices: Shell): Shell {
  return shell`udevadm trigger --action=change ${devices} 2>/dev/null || :`;
}

/** Mounts the file systems of the installed system that are not: the root, then what is below it. After `knowDevices`. */
export function mountTarget({ storage }: DeployPlan, intentId: string): Shell {
  const ids = installIdentifiers(intentId, storage);
  return lines(
    ...mountOrder(storage).map((fileSystem) => {
      const { mount, on } = fileSystem;
      const point = mount === '/' ? shell`"$target"` : shell`"$target"${mount ?? ''}`;
      return shell`if ! mounted ${point}; then
${locate(storage, ids, on)}
mkdir -p ${point}
${mountCommand(fileSystem)} "$part" ${point}
fi
`;
    }),
  );
}

/** ZFS: the pool was made or imported with `$target` in front of its mount points, and the dataset is mounted by hand. */
function mountCommand({ kind, on }: PlannedFileSystem): Shell {
  if (kind !== 'zfs') return shell`mount -t ${kind} -o noatime`;
  return shell`zpool list ${on} >/dev/null 2>&1 || zpool import -N -f -R "$target" ${on}
mount -t zfs -o zfsutil`;
}

export function script(...parts: readonly Shell[]): Shell {
  return lines(prelude(), ...parts);
}
