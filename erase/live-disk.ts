import type { ErasedDisk } from '../model/index.ts';
import type { AtaAbilities } from './ata-abilities.ts';
import type { NvmeAbilities } from './nvme-abilities.ts';

/** A disk as it is in this boot of the machine, and what it can do to itself. */
export interface LiveDisk extends ErasedDisk {
  readonly readOnly: boolean;
  readonly removable: boolean;
  readonly transport: string;
  /** Where it or a part of it is mounted; swap does not count. */
  readonly mountedAt: readonly string[];
  readonly queue: QueueAbilities;
  readonly nvme?: NvmeAbilities;
  readonly ata?: AtaAbilities;
}

/** Linux, Documentation/ABI/stable/sysfs-block. */
export interface QueueAbilities {
  readonly discards: boolean;
  /** What was discarded reads zero: said by the kernel, or by a SCSI disk (SBC-4, LBPRZ). */
  readonly discardReadsZero: boolean;
  /** The disk has a command of its own that zeroes. */
  readonly writesZeroes: boolean;
  /** … and lets go of what was there. */
  readonly writesZeroesAndUnmaps: boolean;
}

export interface LiveDisks {
  readonly disks: readonly LiveDisk[];
  /** Of those that erasing may need, what the running system has. */
  readonly tools: ReadonlySet<string>;
}
