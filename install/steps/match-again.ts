import type { PlannedStorage } from '../../model/index.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { exitStatus } from '../exit-status.ts';
import { useDisk } from './devices.ts';
import { matchDisk } from './find-disk.ts';

/** docs/security.md, rule 29: right before what writes. After it, `$name` and `$disk` are the last disk. */
export function matchAgain(storage: PlannedStorage): Shell {
  return lines(
    ...storage.disks.map((disk, index) =>
      lines(
        useDisk(storage, index),
        shell`found_before=$name`,
        matchDisk(disk),
        shell`[ "$name" = "$found_before" ] || fail ${exitStatus.diskChanged} "the disk was $found_before and is $name now"`,
      ),
    ),
  );
}
