import type { SimDisk } from '../disk.ts';
import type { Answering } from './answer.ts';

/** Where install scripts keep what they know; the simulator keeps the same names. */
export const INTENT = '/run/rackwright/install/intent';
export const DISKS = '/run/rackwright/install/disk';
export const LOADED = 'kexec';

export interface Refusal {
  readonly exitCode: number;
  readonly why: string;
}

/** As `install/exit-status.ts` numbers them. */
const status = { diskChanged: 80, intentUsed: 82, interrupted: 83 } as const;

/**
 * The conditions that a script checks before it touches anything, read from its text and held against the machine:
 * disks by serial, WWN and size (exactly one each), and the one-time intent of this boot.
 */
export function refusal({ system, disks }: Answering, script: string): Refusal | undefined {
  const intent = system.files.get(INTENT);
  const unused = /\[ "\$intent" != (\S+) \] \|\|/.exec(script)?.[1];
  if (unused && intent === unused)
    return { exitCode: status.intentUsed, why: 'this permission to write to the disk was used before' };
  const required = /\[ "\$intent" = (\S+) \] \|\|/.exec(script)?.[1];
  if (required && intent !== required)
    return {
      exitCode: status.interrupted,
      why: 'the machine was restarted after its disk was partitioned',
    };
  if (/the disk that was found is not known any more/.test(script) && !system.files.has(DISKS))
    return { exitCode: status.interrupted, why: 'the machine was restarted: the disk is not known any more' };
  for (const wanted of wantedDisks(script)) {
    const found = disks.filter((disk) => fits(disk, wanted)).length;
    if (found !== 1)
      return { exitCode: status.diskChanged, why: `${found} disks fit ${wanted.serial}; exactly one must` };
  }
  return undefined;
}

/** The disks that a script is about: those it names, otherwise those that were found before in this boot. */
export function disksOf({ system, disks }: Answering, script: string): readonly SimDisk[] {
  const wanted = wantedDisks(script);
  if (wanted.length > 0) return disks.filter((disk) => wanted.some((each) => fits(disk, each)));
  const known = system.files.get(DISKS)?.split(' ') ?? [];
  return disks.filter(({ serial }) => known.includes(serial));
}

interface Wanted {
  readonly serial: string;
  readonly wwn: string;
  readonly size: number;
}

function wantedDisks(script: string): readonly Wanted[] {
  return [...script.matchAll(/SERIAL="([^"]*)" WWN="([^"]*)" SIZE="(\d+)"/g)].map(
    ([, serial = '', wwn = '', size]) => ({ serial, wwn, size: Number(size) }),
  );
}

function fits(disk: SimDisk, { serial, wwn, size }: Wanted): boolean {
  return disk.serial === serial && disk.wwn === wwn && disk.size === size;
}
