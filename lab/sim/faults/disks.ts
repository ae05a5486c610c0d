import { makeDisk } from '../hardware.ts';
import type { SimDisk } from '../disk.ts';
import type { Faults } from './fault.ts';

/** Between commissioning and deployment somebody pulled a disk: before the answer of this name, once. */
export type DiskFault =
  | { readonly kind: 'disk-swapped'; readonly before: string }
  | { readonly kind: 'disk-missing'; readonly before: string }
  /** Two disks that say the same of themselves: exactly one must fit. */
  | { readonly kind: 'disk-twice'; readonly before: string }
  /** No disk at all, from the start. */
  | { readonly kind: 'diskless' };

/** The disks after the fault has had its say, or undefined when it has none. Always the smallest: it gets the system. */
export function changedDisks(
  faults: Faults,
  names: readonly string[],
  disks: readonly SimDisk[],
): readonly SimDisk[] | undefined {
  const fault = faults.find(
    (candidate): candidate is Exclude<DiskFault, { kind: 'diskless' }> =>
      'before' in candidate && names.includes(candidate.before),
  );
  const [first, ...rest] = disks;
  if (!fault || !first) return undefined;
  switch (fault.kind) {
    case 'disk-swapped':
      return [
        makeDisk(`NEW${first.serial}`, first.name, first.model, first.size, first.rotational, '0badc0ffee00'),
        ...rest,
      ];
    case 'disk-missing':
      return rest;
    case 'disk-twice':
      return [first, { ...first, name: 'nvme1n1' }, ...rest];
  }
}
