import { CodedError, type Disk, type DiskSelector, type PlannedDisk } from '../../../model/index.ts';
import { formatBytes } from '../format-bytes.ts';

/** One disk that is wanted. */
export interface Wish {
  readonly select: DiskSelector;
  /** Bytes. */
  readonly needed: number;
  /** Of the request: `storage.disks[0]`. */
  readonly field: string;
}

/**
 * What `lsblk -P` prints without escapes; anything else could not be found again on the machine by exact comparison.
 */
const findable = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;
const escaped = /["$\\`]/;

/**
 * A different disk for each wish, in the order of the wishes: the smallest that fits, solid state before rotating. A system disk
 * is read in small pieces and needs little room, and the large disks stay free for data (Ceph, images). Equal ones are told
 * apart by serial, so that planning twice chooses once. MAAS takes the first, which depends on the order in which the kernel
 * found them. Wishes that name one disk choose before those that would take any.
 * @throws CodedError DISK_NOT_SUITABLE
 */
export function selectDisks(disks: readonly Disk[], wishes: readonly Wish[]): readonly PlannedDisk[] {
  const chosen = new Map<Wish, Disk>();
  for (const wish of wishes.toSorted((a, b) => exactness(b.select) - exactness(a.select))) {
    const taken = new Set(chosen.values());
    const best = disks
      .filter((disk) => whyNot(disk, wish, disks) === undefined && !taken.has(disk))
      .toSorted(bySuitability)[0];
    if (!best) throw notSuitable(disks, wish, taken, wishes.length);
    chosen.set(wish, best);
  }
  return wishes.map((wish) => {
    const { serial, wwn, size, name, model, holds } = chosen.get(wish) as Disk;
    return { serial, wwn, size, name, model, loses: holds };
  });
}

function bySuitability(a: Disk, b: Disk): number {
  return (
    Number(a.rotational) - Number(b.rotational) ||
    a.size - b.size ||
    compare(a.serial, b.serial) ||
    compare(a.wwn, b.wwn)
  );
}

function exactness(select: DiskSelector): number {
  return namesOne(select) ? Number.MAX_SAFE_INTEGER : Object.keys(select).length;
}

/** True when at most one disk of a machine can fit. */
export function namesOne({ serial, wwn, path }: DiskSelector): boolean {
  return [serial, wwn, path].some((one) => one !== undefined);
}

function whyNot(disk: Disk, { select, needed }: Wish, all: readonly Disk[]): string | undefined {
  const other = unlike(disk, select);
  if (other !== undefined) return other;
  if (disk.readOnly) return 'read-only';
  if (disk.removable) return 'removable';
  if (disk.size < needed) return `only ${formatBytes(disk.size)}`;
  if (disk.serial === '' && disk.wwn === '' && all.length > 1)
    return 'neither serial nor WWN to find it again by, and not the only disk';
  for (const word of [disk.serial, disk.wwn]) {
    if (word !== '' && (!findable.test(word) || escaped.test(word)))
      return 'its serial or WWN has characters that no disk of this kind should have';
  }
  const twins = all.filter(
    ({ serial, wwn, size }) => serial === disk.serial && wwn === disk.wwn && size === disk.size,
  );
  return twins.length > 1 ? 'another disk has the same serial, WWN and size' : undefined;
}

function unlike(disk: Disk, select: DiskSelector): string | undefined {
  for (const field of ['serial', 'wwn', 'path', 'model', 'transport'] as const) {
    const wanted = select[field];
    if (wanted === undefined) continue;
    if ((disk[field] ?? '').toLowerCase() !== wanted.toLowerCase()) return `another ${field}`;
  }
  if (select.rotation !== undefined && disk.rotational !== (select.rotation === 'rotating'))
    return disk.rotational ? 'rotating' : 'solid state';
  if (select.sizeMin !== undefined && disk.size < select.sizeMin) return `only ${formatBytes(disk.size)}`;
  if (select.sizeMax !== undefined && disk.size > select.sizeMax)
    return `as large as ${formatBytes(disk.size)}`;
  return undefined;
}

function notSuitable(
  disks: readonly Disk[],
  wish: Wish,
  taken: ReadonlySet<Disk>,
  wishes: number,
): CodedError {
  const asked = Object.entries(wish.select).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  const such = asked.length === 0 ? '' : `, with ${asked.join(' and ')},`;
  const another = taken.size === 0 ? 'a disk' : `another disk (${taken.size} of ${wishes} are chosen)`;
  const reasons = disks.map(
    (disk) =>
      `${disk.name} (${formatBytes(disk.size)}: ${taken.has(disk) ? 'chosen' : whyNot(disk, wish, disks)})`,
  );
  const there = disks.length === 0 ? 'The machine shows no disk.' : `There is ${reasons.join(', ')}.`;
  const where = asked.length === 0 ? '' : `${wish.field}: `;
  return new CodedError(
    'DISK_NOT_SUITABLE',
    `${where}The image needs ${another}${such} of at least ${formatBytes(wish.needed)} that can be written and is not removable. ${there}`,
    { field: wish.field, needed: wish.needed, disks: disks.length },
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
