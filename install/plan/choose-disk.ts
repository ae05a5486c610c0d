import { CodedError, type Disk, type PlannedDisk } from '../../model/index.ts';
import { formatBytes } from './format-bytes.ts';

/**
 * What `lsblk -P` prints without escapes; anything else could not be found again on the machine by exact comparison.
 */
const findable = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;
const escaped = /["$\\`]/;

/**
 * The smallest disk that fits, solid state before rotating: a system disk is read in small pieces and needs little room,
 * and the large disks stay free for data (Ceph, images). Equal ones are told apart by serial, so that planning
 * twice chooses once. MAAS takes the first, which depends on the order in which the kernel found them.
 */
export function chooseDisk(disks: readonly Disk[], needed: number): PlannedDisk {
  const usable = disks.filter((disk) => whyNot(disk, needed, disks.length) === undefined);
  const best = usable.toSorted(
    (a, b) =>
      Number(a.rotational) - Number(b.rotational) ||
      a.size - b.size ||
      compare(a.serial, b.serial) ||
      compare(a.wwn, b.wwn),
  )[0];
  if (!best) throw notSuitable(disks, needed);
  const { serial, wwn, size, name, model, holds } = best;
  return { serial, wwn, size, name, model, loses: holds };
}

function whyNot(disk: Disk, needed: number, among: number): string | undefined {
  if (disk.readOnly) return 'read-only';
  if (disk.removable) return 'removable';
  if (disk.size < needed) return `only ${formatBytes(disk.size)}`;
  if (disk.serial === '' && disk.wwn === '' && among > 1)
    return 'neither serial nor WWN to find it again by, and not the only disk';
  for (const word of [disk.serial, disk.wwn]) {
    if (word !== '' && (!findable.test(word) || escaped.test(word)))
      return 'its serial or WWN has characters that no disk of this kind should have';
  }
  return undefined;
}

function notSuitable(disks: readonly Disk[], needed: number): CodedError {
  const there =
    disks.length === 0
      ? 'The machine shows no disk.'
      : `There is ${disks.map((disk) => `${disk.name} (${formatBytes(disk.size)}: ${whyNot(disk, needed, disks.length)})`).join(', ')}.`;
  return new CodedError(
    'DISK_NOT_SUITABLE',
    `The image needs a disk of at least ${formatBytes(needed)} that can be written and is not removable. ${there}`,
    { needed, disks: disks.length },
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
