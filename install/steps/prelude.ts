import { exitStatus } from '../exit-status.ts';
import { DISK_FILE, INTENT_FILE, STATE, TARGET } from '../paths.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';

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

/** After it, `$disk` is the device that was matched. @see findDisk */
export function knowDisk(): Shell {
  return shell`name=
[ ! -f ${DISK_FILE} ] || read -r name <${DISK_FILE}
[ -n "$name" ] || fail ${exitStatus.interrupted} 'the machine was restarted: the disk that was found is not known any more'
disk=/dev/$name
`;
}

/** Nothing after the first write goes on in another boot, or on another's behalf. */
export function requireIntent(intentId: string): Shell {
  return shell`intent=
[ ! -f ${INTENT_FILE} ] || read -r intent <${INTENT_FILE}
[ "$intent" = ${intentId} ] || fail ${exitStatus.interrupted} 'the machine was restarted after its disk was partitioned'
`;
}

/** `part N`: sets `$part` to the device of the partition, whatever its kernel names partitions. */
export function knowPartitions(): Shell {
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

/** Mounts the installed root, if it is not. Partition 2 in every layout that there is. */
export function mountTarget(rootNumber: number): Shell {
  return shell`if ! mounted "$target"; then
  part ${rootNumber} || fail ${exitStatus.diskChanged} 'the root partition is gone'
  mkdir -p "$target"
  mount -t ext4 -o noatime "$part" "$target"
fi
`;
}

export function script(...parts: readonly Shell[]): Shell {
  return lines(prelude(), ...parts);
}
