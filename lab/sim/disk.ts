import type { Ipv4 } from '../../net/index.ts';
import type { KeyPair } from '../../remote/index.ts';
import type { DiskHardware } from './hardware.ts';

/** A disk and what is on it, as far as anybody asks. */
export interface SimDisk extends DiskHardware {
  /** The intent that the partition table was written for. */
  table?: string;
  fileSystems?: boolean;
  image?: boolean;
  system?: InstalledSystem;
  bootable?: boolean;
  erased?: boolean;
}

/** What the step `configure` leaves on the disk: enough to answer as the installed system. */
export interface InstalledSystem {
  readonly address: Ipv4;
  readonly hostKey: KeyPair;
  /** `type base64` of each key that may log in. */
  readonly keys: readonly string[];
  readonly hostname: string;
}

export function blank(hardware: DiskHardware): SimDisk {
  return { ...hardware };
}

/** A new partition table: all that was there is out of reach. */
export function wipe(disk: SimDisk): void {
  delete disk.table;
  delete disk.fileSystems;
  delete disk.image;
  delete disk.system;
  delete disk.bootable;
}
