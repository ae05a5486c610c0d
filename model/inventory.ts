import type { Mac } from '../net/index.ts';
import type { Firmware } from './machine.ts';

/** What a machine is, found by commissioning. One versioned document per commissioning. Sizes are bytes. */
export interface Inventory {
  readonly format: 'inventory:1';
  readonly firmware: {
    readonly mode: Firmware;
    readonly vendor: string;
    readonly version: string;
    readonly date: string;
  };
  readonly system: {
    readonly vendor: string;
    readonly product: string;
    readonly serial: string;
    readonly uuid: string;
  };
  readonly cpu: {
    readonly arch: 'amd64' | 'arm64';
    readonly model: string;
    readonly sockets: number;
    readonly cores: number;
    readonly threads: number;
  };
  readonly memory: { readonly bytes: number; readonly modules: readonly MemoryModule[] };
  readonly disks: readonly Disk[];
  readonly nics: readonly Nic[];
  readonly bmc?: {
    readonly kind: 'ipmi';
    readonly address: string;
    readonly mac: string;
    readonly firmware: string;
  };
}

export interface MemoryModule {
  readonly slot: string;
  readonly bytes: number;
  readonly kind: string;
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
}

export interface Nic {
  readonly name: string;
  readonly mac: Mac;
  readonly link: boolean;
  /** Mbit/s; undefined when the driver does not say. */
  readonly speed?: number;
  readonly driver: string;
  readonly neighbour?: { readonly system: string; readonly port: string; readonly description: string };
}
