import type { Cidr, Ipv4, Mac } from '../net/index.ts';
import type { ImageFile } from './image.ts';
import type { Firmware } from './machine.ts';

/** Everything that a deployment will do to a machine, computed before it is touched. Its digest is what is consented to. */
export interface DeployPlan {
  readonly format: 'deploy-plan:1';
  readonly machineId: string;
  readonly image: {
    readonly name: string;
    readonly os: string;
    readonly serial: string;
    readonly kernelPackage: string;
    readonly squashfs: ImageFile;
  };
  readonly firmware: Firmware;
  readonly disk: PlannedDisk;
  readonly layout: 'flat';
  readonly partitions: readonly PlannedPartition[];
  readonly network: PlannedNetwork;
  /** OpenSSH public key lines of the people who may log in. */
  readonly sshKeys: readonly string[];
  readonly kernelArguments: readonly string[];
  readonly packageProxy?: string;
  readonly layers: readonly string[];
  /** How the installed system is entered first. */
  readonly enter: 'kexec' | 'reboot';
}

/** A disk is found again by what does not change between boots; exactly one must fit. */
export interface PlannedDisk {
  readonly serial: string;
  readonly wwn: string;
  readonly size: number;
  /** For people. */
  readonly name: string;
  readonly model: string;
  /** What is on it now and will be lost. */
  readonly loses: readonly string[];
}

export interface PlannedPartition {
  readonly number: number;
  readonly label: string;
  /** sgdisk type code: `ef02` BIOS boot, `ef00` EFI system, `8304` Linux root x86-64. */
  readonly typeCode: 'ef02' | 'ef00' | '8304' | '8305';
  /** Bytes, or what is left of the disk. */
  readonly size: number | 'rest';
  readonly fileSystem?: 'ext4' | 'vfat';
  readonly mount?: string;
}

export interface PlannedNetwork {
  readonly hostname: string;
  readonly mac: Mac;
  readonly interfaceName: string;
  readonly address: Ipv4;
  readonly cidr: Cidr;
  readonly gateway?: Ipv4;
  readonly dns: readonly Ipv4[];
}
