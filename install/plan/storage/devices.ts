import { quoted, refuse } from '../refuse.ts';

/** What a name of a storage document stands for, while the document is checked. */
export interface Device {
  readonly kind: 'partition' | 'array' | 'volume' | 'cache' | 'pool';
  readonly use: 'linux' | 'bios' | 'efi';
  /** Bytes that it offers. */
  readonly capacity: number;
  /** Indices of the disks that it lies on. */
  readonly disks: readonly number[];
  /** What GRUB cannot read in or below it. */
  readonly unreadable?: string;
  /** It goes on without any one of its disks. */
  readonly redundant: boolean;
}

export interface Devices {
  add(name: string, path: string, device: Device): void;
  /** Makes it part of something else; only one thing may be made of it. */
  take(name: string, path: string, kinds: readonly Device['kind'][], owner: string): Device;
  /** For names that are no devices: disks and groups share the one set of names. */
  reserve(name: string, path: string): void;
  /** Who has taken it. */
  ownerOf(name: string): string | undefined;
}

/** Of what GPT, LVM (lvm(8), "Valid names") and mdadm allow, and no shell finds anything in. */
const grammar = /^[A-Za-z][A-Za-z0-9-]{0,30}$/;
const reservedByLvm = /^(snapshot|pvmove)/;

export function createDevices(): Devices {
  const all = new Map<string, Device>();
  const names = new Map<string, string>();
  const owners = new Map<string, string>();
  const reserve = (name: string, path: string) => {
    if (!grammar.test(name) || reservedByLvm.test(name))
      refuse(path, `${quoted(name)} is no name: a letter, then letters, digits and hyphens; at most 31.`);
    const before = names.get(name);
    if (before !== undefined) refuse(path, `The name ${name} is given to ${before} already.`);
    names.set(name, path);
  };
  return {
    reserve,
    ownerOf: (name) => owners.get(name),
    add(name, path, device) {
      reserve(name, path);
      all.set(name, device);
    },
    take(name, path, kinds, owner) {
      const device = all.get(name);
      if (!device || !kinds.includes(device.kind))
        refuse(
          path,
          `There is no ${kinds.join(' or ')} ${quoted(name)}${device ? `; it is a ${device.kind}` : ''}.`,
        );
      if (device.use !== 'linux') refuse(path, `${name} is for the boot loader (use: ${device.use}).`);
      const before = owners.get(name);
      if (before !== undefined) refuse(path, `${name} is used by ${before} already.`);
      owners.set(name, owner);
      return device;
    },
  };
}
