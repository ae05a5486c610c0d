import type { DeployPlan, PlannedDisk } from '../../model/index.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { exitStatus } from '../exit-status.ts';
import type { InstallStep } from '../install-step.ts';
import { DISK_FILE } from '../paths.ts';
import { diskWords } from '../plan/describe-plan.ts';
import { knowMounts, script } from './prelude.ts';

export function findDisk(plan: DeployPlan): InstallStep {
  return {
    name: 'find disk',
    does: `Find ${diskWords(plan.disk)} again; exactly one must fit, and nothing may use it.`,
    script: script(
      knowMounts(),
      leaveTarget(),
      matchDisk(plan.disk),
      refuseUsed(),
      shell`printf '%s\n' "$name" >${DISK_FILE}
say "$name is the disk of the plan"`,
    ),
    deadlineMs: 60_000,
    destructive: false,
  };
}

/** What an earlier try in this boot left mounted is ours to unmount. */
export function leaveTarget(): Shell {
  return shell`leave() {
  for point in /boot/efi /sys/firmware/efi/efivars /dev/pts /run /dev /sys /proc ''; do
    if mounted "$target$point"; then umount "$target$point"; fi
  done
}
leave
`;
}

/**
 * docs/security.md rule 29: by serial, WWN and size together, exactly one, never by `sda`. `lsblk -P` writes its values between quotes
 * with everything odd escaped, so whole lines are compared and nothing is evaluated. Sets `$name`.
 */
export function matchDisk(disk: PlannedDisk): Shell {
  return lines(nameDisk(disk), checkDevice());
}

export function nameDisk(disk: PlannedDisk): Shell {
  const wanted = `SERIAL="${disk.serial}" WWN="${disk.wwn}" SIZE="${disk.size}" TYPE="disk"`;
  return shell`udevadm settle --timeout=30 2>/dev/null || :
wanted=${wanted} found=0 name=
seen=$(lsblk -dnbP -o NAME,SERIAL,WWN,SIZE,TYPE)
while IFS= read -r line; do
  case $line in
  'NAME="'*"\\" $wanted") ;;
  *) continue ;;
  esac
  found=$((found + 1))
  name=\${line#NAME=?}
  name=\${name%%?" $wanted"}
done <<END
$seen
END
if [ $found -ne 1 ]; then
  say "$seen"
  fail ${exitStatus.diskChanged} "$found disks fit $wanted; exactly one must"
fi
case $name in
'' | *[!A-Za-z0-9_-]*) fail ${exitStatus.diskChanged} "the disk has an odd name: $name" ;;
esac
`;
}

function checkDevice(): Shell {
  return shell`[ -b "/dev/$name" ] || fail ${exitStatus.diskChanged} "/dev/$name is no block device"
read -r read_only <"/sys/class/block/$name/ro"
[ "$read_only" = 0 ] || fail ${exitStatus.diskBusy} "$name can only be read"
`;
}

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
    [ "$device" != "$number" ] || fail ${exitStatus.diskBusy} "\${entry##*/} is mounted at $point"
  done </proc/self/mountinfo
  while read -r device _; do
    [ "$device" != "/dev/\${entry##*/}" ] || fail ${exitStatus.diskBusy} "\${entry##*/} is swap in use"
  done </proc/swaps
  for holder in "$entry"/holders/*; do
    [ -e "$holder" ] || continue
    release "\${holder##*/}" || fail ${exitStatus.diskBusy} "\${entry##*/} is used by \${holder##*/}"
  done
done
`;
}
