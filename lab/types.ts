export interface DiskSpec {
  readonly bus: 'virtio' | 'scsi' | 'nvme';
  readonly bytes: number;
}

/** What somebody orders: a machine's hardware. */
export interface MachineSpec {
  readonly name: string;
  readonly firmware: 'bios' | 'uefi';
  /** Their serials are the machine's with -0, -1 … */
  readonly disks: readonly DiskSpec[];
  readonly memoryMiB: number;
  readonly cpus: number;
  /** Of its network cards; it boots over the first. */
  readonly macs: readonly string[];
  readonly uuid: string;
  readonly serial: string;
  /** With a graphics card, as servers have. Without one GRUB on BIOS hangs when it is to start a hypervisor. */
  readonly graphics?: true;
}

/** The same machine standing in a rack. */
export interface RackMachine extends MachineSpec {
  readonly bmc: {
    readonly address: string;
    readonly port: 623;
    readonly username: string;
    /** The password alone, without a newline; mode 0600. */
    readonly passwordFile: string;
  };
  readonly directory: string;
  readonly serialLog: string;
  /** `<epoch seconds> <order>` a line: every power order that the BMC was given. */
  readonly bmcLog: string;
}

export interface Rack {
  readonly name: string;
  /** The state of this rack; `down` removes it. */
  readonly directory: string;
  readonly namespace: string;
  readonly bridge: string;
  readonly subnet: string;
  /** Where the boot server is expected, inside the namespace. */
  readonly serverAddress: string;
  /** The host as the machines see it: image stream and package proxy. */
  readonly outsideAddress: string;
  readonly streamUrl: string;
  /** The public key (binary OpenPGP) that the stream is signed with. */
  readonly streamKeyring: string;
  readonly packageProxyUrl: string;
  readonly accelerator: 'kvm' | 'tcg';
  readonly machines: readonly RackMachine[];
}

export type Report = (line: string) => void;
