import { lines, type Shell, shell } from '../remote/index.ts';
import { awaitDisks } from './await-disks.ts';
import { diskStatus } from './exit-status.ts';

/** What does not change between boots. */
export interface DiskMarks {
  readonly serial: string;
  readonly wwn: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * docs/security.md rule 29: by serial, WWN and size together, exactly one, never by `sda`. `lsblk -P` writes its values between quotes
 * with everything odd escaped, so whole lines are compared and nothing is evaluated. Sets `$name`.
 * Scripts around it have `say TEXT` and `fail STATUS TEXT`.
 */
export function matchDisk(disk: DiskMarks): Shell {
  return lines(nameDisk(disk), checkDevice());
}

export function nameDisk(disk: DiskMarks): Shell {
  const wanted = `SERIAL="${disk.serial}" WWN="${disk.wwn}" SIZE="${disk.size}" TYPE="disk"`;
  return shell`${awaitDisks()}
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
  fail ${diskStatus.changed} "$found disks fit $wanted; exactly one must"
fi
case $name in
'' | *[!A-Za-z0-9_-]*) fail ${diskStatus.changed} "the disk has an odd name: $name" ;;
esac
`;
}

function checkDevice(): Shell {
  return shell`[ -b "/dev/$name" ] || fail ${diskStatus.changed} "/dev/$name is no block device"
read -r read_only <"/sys/class/block/$name/ro"
[ "$read_only" = 0 ] || fail ${diskStatus.busy} "$name can only be read"
`;
}
