import type { EraseMethod } from '../model/index.ts';
import type { LiveDisk } from './live-disk.ts';

const MINUTE = 60_000;
/** The slowest disk that is still of use, in bytes a second: what a worn rotating one keeps up at its inner edge. */
const SLOWEST = 50e6;
/** 10,000 blocks twice, 15 ms each where a head has to move, and everything around. */
const AROUND_MS = 30 * MINUTE;

/** An erasure that is cut is begun again from the start: rather far too long than a little too short. */
export function eraseDeadline(method: EraseMethod, disk: Pick<LiveDisk, 'size' | 'ata'>): number {
  return Math.ceil(AROUND_MS + workMs(method, disk));
}

function workMs(method: EraseMethod, { size, ata }: Pick<LiveDisk, 'size' | 'ata'>): number {
  const overwriteMs = (size / SLOWEST) * 1000;
  switch (method) {
    case 'signatures':
      return 0;
    // The kernel writes zeroes by itself where the disk refuses after all.
    case 'overwrite':
    case 'write-zeroes':
      return overwriteMs;
    case 'discard':
      return size / 1e6;
    case 'nvme-sanitize-block':
    case 'nvme-sanitize-crypto':
    case 'nvme-format':
      return 6 * 60 * MINUTE;
    // Disks round down, and say at most 508 minutes (ACS-4, 9.11.5.4).
    case 'ata-secure-erase':
      return Math.max(2 * (ata?.minutes ?? 0) * MINUTE, overwriteMs);
    case 'ata-secure-erase-enhanced':
      return Math.max(2 * (ata?.enhancedMinutes ?? 0) * MINUTE, overwriteMs);
  }
}
