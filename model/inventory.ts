import type { Mac } from '../net/index.ts';
import type { Firmware } from './boot.ts';

/**
 * What a machine is, found by commissioning. One versioned document per commissioning; docs/reference/inventory.md
 * describes it. Sizes are bytes. What a machine does not tell is left out, or is the empty string.
 */
export interface Inventory {
  readonly format: 'inventory:2';
  readonly firmware: {
    readonly mode: Firmware;
    readonly vendor: string;
    readonly version: string;
    readonly date: string;
    /** Absent: the firmware has none, or does not tell. */
    readonly secureBoot?: 'on' | 'off';
  };
  readonly system: {
    readonly vendor: string;
    readonly product: string;
    readonly serial: string;
    readonly uuid: string;
    readonly version?: string;
  };
  readonly board?: {
    readonly vendor: string;
    readonly product: string;
    readonly serial: string;
    readonly version: string;
  };
  /** `kind` is the number of SMBIOS 7.4.1: 17 is a main server chassis, 23 a rack mount, 28 a blade. */
  readonly chassis?: { readonly vendor: string; readonly kind: number; readonly serial: string };
  readonly cpu: {
    readonly arch: 'amd64' | 'arm64';
    readonly model: string;
    readonly sockets: number;
    readonly cores: number;
    readonly threads: number;
    /** Those that decide what can run on it, as /proc/cpuinfo names them: `vmx`, `avx512f`, `aes`. */
    readonly flags?: readonly string[];
  };
  readonly numa: readonly NumaNode[];
  readonly memory: { readonly bytes: number; readonly modules: readonly MemoryModule[] };
  readonly disks: readonly Disk[];
  readonly nics: readonly Nic[];
  readonly pci: readonly PciDevice[];
  readonly usb: readonly UsbDevice[];
  /** PCI devices of class 03 (display controllers). */
  readonly gpus: readonly { readonly address: string; readonly name: string }[];
  /** `2.0`, `1.2`. Absent: there is none, or it is switched off. */
  readonly tpm?: { readonly version: string };
  readonly bmc?: {
    readonly kind: 'ipmi';
    readonly address: string;
    readonly mac: string;
    readonly firmware: string;
  };
  /** SMBIOS as one line that patterns are held against: `dmi:bvn…:svnDell Inc.:…`. */
  readonly modalias?: string;
}

export interface NumaNode {
  readonly id: number;
  /** As the kernel writes lists: `0-15,32-47`. */
  readonly cpus: string;
  readonly bytes: number;
}

export interface MemoryModule {
  readonly slot: string;
  readonly bytes: number;
  readonly kind: string;
  /** MT/s that it runs at. */
  readonly speed?: number;
  readonly vendor?: string;
  readonly serial?: string;
  readonly part?: string;
}

export interface Disk {
  /** Kernel name of this boot, `vda`: for people only, never to find the disk again. */
  readonly name: string;
  readonly serial: string;
  readonly wwn: string;
  readonly model: string;
  readonly size: number;
  readonly rotational: boolean;
  readonly readOnly: boolean;
  readonly removable: boolean;
  readonly transport: string;
  /** Partitions and file systems that are on it now, so that a plan can say what will be lost. */
  readonly holds: readonly string[];
  /** Where it is plugged in, as /dev/disk/by-path names it: `pci-0000:00:05.0-nvme-1`. */
  readonly path?: string;
  readonly firmware?: string;
  /** Bytes of a physical sector. */
  readonly sector?: number;
  /** Turns a minute; only of disks that turn. */
  readonly rotation?: number;
  readonly health?: DiskHealth;
}

/** What the disk says of itself: SMART, or the NVMe health log. */
export interface DiskHealth {
  readonly verdict: 'passed' | 'failing';
  /** Degrees Celsius. */
  readonly temperature?: number;
  readonly hoursOn?: number;
  readonly reallocatedSectors?: number;
  readonly pendingSectors?: number;
  /** Percent of the written bytes that it is made for; may exceed 100. */
  readonly worn?: number;
  readonly mediaErrors?: number;
}

export interface Nic {
  readonly name: string;
  readonly mac: Mac;
  readonly link: boolean;
  /** Mbit/s; undefined when the driver does not say. */
  readonly speed?: number;
  readonly driver: string;
  readonly firmware?: string;
  /** PCI address: `0000:3b:00.0`. */
  readonly pci?: string;
  readonly neighbour?: { readonly system: string; readonly port: string; readonly description: string };
}

/** Ids are hexadecimal without 0x; names are there when the machine has the list of names. */
export interface PciDevice {
  readonly address: string;
  /** Class and subclass: `0200` is an Ethernet controller. */
  readonly class: string;
  readonly vendorId: string;
  readonly deviceId: string;
  readonly vendor: string;
  readonly device: string;
  readonly driver: string;
  readonly modalias: string;
}

export interface UsbDevice {
  readonly vendorId: string;
  readonly productId: string;
  readonly vendor: string;
  readonly product: string;
  readonly serial: string;
}

/** A document of the first format knew less of the same. */
export function upgradeInventory(kept: KeptInventory): Inventory {
  if (kept.format === 'inventory:2') return kept;
  return { ...kept, format: 'inventory:2', numa: [], pci: [], usb: [], gpus: [] };
}

/** What an older version may have left in the store. */
export type KeptInventory =
  | Inventory
  | (Omit<Inventory, 'format' | 'numa' | 'pci' | 'usb' | 'gpus'> & { readonly format: 'inventory:1' });
