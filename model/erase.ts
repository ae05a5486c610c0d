import type { EraseLevel } from './requests.ts';

/**
 * How a disk is erased. Signatures: so that nothing recognises what was there. Overwrite and write-zeroes: every block
 * reads zero. Discard: likewise, where the disk promises it. The others are the disk's own commands for a purge.
 */
export const eraseMethods = [
  'signatures',
  'overwrite',
  'write-zeroes',
  'discard',
  'nvme-sanitize-block',
  'nvme-sanitize-crypto',
  'nvme-format',
  'ata-secure-erase',
  'ata-secure-erase-enhanced',
] as const;
export type EraseMethod = (typeof eraseMethods)[number];

export interface ErasedDisk {
  readonly serial: string;
  readonly wwn: string;
  /** Bytes. */
  readonly size: number;
  readonly model: string;
  /** Kernel name in the boot in which it is erased: for people only. */
  readonly name: string;
}

export interface PlannedErasure {
  /** Name of the step: `erase nvme0n1`. */
  readonly step: string;
  readonly disk: ErasedDisk;
  readonly method: EraseMethod;
  readonly deadlineMs: number;
}

/** What a release does to the disks of a machine, decided by what they say of themselves in that boot. */
export interface ErasePlan {
  readonly format: 'erase-plan:1';
  readonly level: Exclude<EraseLevel, 'none'>;
  readonly bootId: string;
  readonly disks: readonly PlannedErasure[];
  /** Removable, read-only, or what the machine runs from. */
  readonly skipped: readonly { readonly disk: ErasedDisk; readonly reason: string }[];
}

/** One disk, erased once: appended when it is over and never changed. Times are ISO 8601 in UTC. */
export interface EraseEvidence {
  readonly format: 'erase-evidence:1';
  readonly machineId: string;
  readonly operationId: string;
  readonly bootId: string;
  readonly disk: ErasedDisk;
  readonly level: Exclude<EraseLevel, 'none'>;
  readonly method: EraseMethod;
  /** The end by the clock of the service; the start is the end less what the machine measured. */
  readonly startedAt: string;
  readonly endedAt: string;
  readonly result: 'ok' | 'failed';
  /** Present when it failed. */
  readonly reason?: string;
  /** What was read back. Absent when it did not come to that. */
  readonly verified?: EraseVerification;
}

export interface EraseVerification {
  /** Blocks of 4 KiB at places that nobody could foresee, besides the first and the last 1 MiB. */
  readonly blocks: number;
  /** Bytes read in all. */
  readonly bytes: number;
  /** Blocks that were not zero. Says something only where the method promises zeroes. */
  readonly nonZero: number;
  /** Blocks that still held the mark that was written there right before. */
  readonly marked: number;
}

/** `asked`: evidence for every disk when something other than none was asked. `always`: none may not be asked. */
export const erasePolicies = ['asked', 'always'] as const;
export type ErasePolicy = (typeof erasePolicies)[number];

/** The disks of the plan for which nothing says that they were erased. */
export function withoutEvidence(
  plan: ErasePlan,
  evidence: readonly Pick<EraseEvidence, 'disk' | 'result'>[],
): readonly PlannedErasure[] {
  return plan.disks.filter(
    ({ disk }) => !evidence.some((found) => found.result === 'ok' && isSameDisk(found.disk, disk)),
  );
}

export function isSameDisk(
  a: Pick<ErasedDisk, 'serial' | 'wwn' | 'size'>,
  b: Pick<ErasedDisk, 'serial' | 'wwn' | 'size'>,
): boolean {
  return a.serial === b.serial && a.wwn === b.wwn && a.size === b.size;
}
