import type { ScriptTarget } from '../../model/index.ts';
import { type Shell, shell } from '../../remote/index.ts';

/**
 * Finds a part again by what identifies it, and sets `$disk` or `$card` to the name that it has in this boot. A script has
 * at most one parameter of either kind.
 */
export function findPart(part: ScriptTarget, destructive: boolean): Shell {
  switch (part.kind) {
    case 'disk': {
      const guard = destructive ? refuseUsed() : shell`:`;
      return shell`${matchDisk(part)}
${guard}
disk=$found`;
    }
    case 'nic':
      return shell`found=''
for card in /sys/class/net/*; do
  [ -e "$card/device" ] || continue
  # In a bond a card shows the address of the bond, and its own beside it.
  mac=''
  if [ -e "$card/bonding_slave/perm_hwaddr" ]; then read -r mac <"$card/bonding_slave/perm_hwaddr"; else read -r mac <"$card/address"; fi
  [ "$mac" != ${part.mac} ] || found=\${card##*/}
done
[ -n "$found" ] || finish fail ${`the card ${part.name} (${part.mac}) is not there`}
card=$found`;
    default:
      return shell`:`;
  }
}

/**
 * docs/security.md, rule 29: by serial, WWN and size together, exactly one, never by `sda`. Only what has neither is
 * found by its name, and never to be written to. `lsblk -P` escapes what is odd, so whole lines are compared.
 */
function matchDisk(disk: Extract<ScriptTarget, { readonly kind: 'disk' }>): Shell {
  const { serial, wwn, size, name } = disk;
  const isKnown = serial !== '' || wwn !== '';
  const wanted = isKnown
    ? `SERIAL="${serial}" WWN="${wwn}" SIZE="${size}" TYPE="disk"`
    : `SERIAL="" WWN="" SIZE="${size}" TYPE="disk"`;
  const pattern = isKnown ? shell`'NAME="'*"\\" $wanted"` : shell`${`NAME="${name}" `}"$wanted"`;
  return shell`udevadm settle --timeout=30 2>/dev/null || :
wanted=${wanted} count=0 found=''
seen=$(lsblk -dnbP -o NAME,SERIAL,WWN,SIZE,TYPE)
while IFS= read -r line; do
  case $line in
  ${pattern}) ;;
  *) continue ;;
  esac
  count=$((count + 1))
  found=\${line#NAME=?}
  found=\${found%%?" $wanted"}
done <<END
$seen
END
if [ $count -ne 1 ]; then
  echo "$seen"
  finish fail "$count disks fit" ${`${disk.name} ${wanted}; exactly one must`}
fi
case $found in
'' | *[!A-Za-z0-9_-]*) finish fail "the disk has an odd name: $found" ;;
esac
[ -b "/dev/$found" ] || finish fail "/dev/$found is no block device"`;
}

/** Before anything is overwritten: nothing on it is mounted, swapped to, or part of something else. */
function refuseUsed(): Shell {
  return shell`used=$(lsblk -nro MOUNTPOINT "/dev/$found" | tr -d ' \\n')
[ -z "$used" ] || finish fail "$found is in use: $used"
for holder in "/sys/class/block/$found"/holders/* "/sys/class/block/$found/$found"*/holders/*; do
  [ ! -e "$holder" ] || finish fail "$found is used by \${holder##*/}"
done
read -r read_only <"/sys/class/block/$found/ro"
[ "$read_only" = 0 ] || finish fail "$found can only be read"`;
}
