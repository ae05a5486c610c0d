import { type Shell, shell } from '../remote/index.ts';
import { diskStatus } from './exit-status.ts';

/**
 * Mounted or swapped to: then somebody uses it, perhaps we who booted from it. A RAID or volume group that udev has put
 * together from what an earlier life left is taken apart again, which writes nothing that matters and fails while it is in use.
 * More than once, if it must: udev may be at it just now, and another disk of the same array may be let go at the same time.
 * Once in a script, before the first `refuseUsed`.
 */
export function knowUse(): Shell {
  return shell`release() {
  for above in "/sys/class/block/$1"/holders/*; do
    [ ! -e "$above" ] || release "\${above##*/}" || return 1
  done
  case $1 in
  md*) mdadm --stop "/dev/$1" ;;
  dm-*) read -r label <"/sys/class/block/$1/dm/name" && dmsetup remove "$label" ;;
  *) return 1 ;;
  esac || [ ! -e "/sys/class/block/$1" ]
}
let_go() {
  for entry in "/sys/class/block/$name" "/sys/class/block/$name/$name"*; do
    [ -r "$entry/dev" ] || continue
    read -r number <"$entry/dev"
    while read -r _ _ device _ point _; do
      [ "$device" != "$number" ] || fail ${diskStatus.busy} "\${entry##*/} is mounted at $point"
    done </proc/self/mountinfo
    while read -r device _; do
      [ "$device" != "/dev/\${entry##*/}" ] || fail ${diskStatus.busy} "\${entry##*/} is swap in use"
    done </proc/swaps
    tries=0
    until release_all "$entry"; do
      tries=$((tries + 1))
      [ $tries -lt 10 ] || fail ${diskStatus.busy} "\${entry##*/} is used by $busy"
      sleep 0.5
    done
  done
}
release_all() {
  for holder in "$1"/holders/*; do
    busy=\${holder##*/}
    [ ! -e "$holder" ] || release "$busy" || return 1
  done
}
`;
}

/** Fails while somebody uses `$name`, or a partition of it. */
export function refuseUsed(): Shell {
  return shell`let_go`;
}
