import { type Shell, shell } from '../remote/index.ts';
import { diskStatus } from './exit-status.ts';

/**
 * Mounted or swapped to: then somebody uses it, perhaps we who booted from it. A RAID or volume group that udev has put
 * together from what an earlier life left is taken apart again, which writes nothing that matters and fails while it is in use.
 */
export function refuseUsed(): Shell {
  return shell`release() {
  for above in "/sys/class/block/$1"/holders/*; do
    [ ! -e "$above" ] || release "\${above##*/}" || return 1
  done
  case $1 in
  md*) mdadm --stop "/dev/$1" ;;
  dm-*) read -r label <"/sys/class/block/$1/dm/name" && dmsetup remove "$label" ;;
  *) return 1 ;;
  esac
}
for entry in "/sys/class/block/$name" "/sys/class/block/$name/$name"*; do
  [ -r "$entry/dev" ] || continue
  read -r number <"$entry/dev"
  while read -r _ _ device _ point _; do
    [ "$device" != "$number" ] || fail ${diskStatus.busy} "\${entry##*/} is mounted at $point"
  done </proc/self/mountinfo
  while read -r device _; do
    [ "$device" != "/dev/\${entry##*/}" ] || fail ${diskStatus.busy} "\${entry##*/} is swap in use"
  done </proc/swaps
  for holder in "$entry"/holders/*; do
    [ -e "$holder" ] || continue
    release "\${holder##*/}" || fail ${diskStatus.busy} "\${entry##*/} is used by \${holder##*/}"
  done
done
`;
}
