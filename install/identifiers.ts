import { createHash } from 'node:crypto';
import type { PlannedFileSystem, PlannedStorage } from '../model/index.ts';

/**
 * UUIDs of everything that one installation makes on disks, all from its intent: the controller knows them before they exist, so
 * fstab, mdadm.conf, GRUB and kexec name the same things without asking the machine, and no two installations share one.
 */
export interface InstallIdentifiers {
  /** Of the partition table; disks count from 0. */
  disk(disk: number): string;
  partition(disk: number, number: number): string;
  /** As `mdadm --detail` shows it: four groups of eight digits. */
  array(name: string): string;
  /** As LVM writes it: 32 letters and digits in groups of 6-4-4-4-4-4-6. */
  physicalVolume(member: string): string;
  /** Of a set of caches. */
  cache(name: string): string;
  /** As blkid shows it: a UUID, or XXXX-XXXX for vfat. */
  fileSystem(fileSystem: PlannedFileSystem): string;
}

export function installIdentifiers(intentId: string, storage: PlannedStorage): InstallIdentifiers {
  // What there is one of on every machine keeps the short names that it always had.
  const onDisk = (disk: number) => (disk === 0 ? '' : `disk ${disk + 1} `);
  return {
    disk: (disk) => uuid(`${intentId} ${onDisk(disk)}disk`),
    partition: (disk, number) => uuid(`${intentId} ${onDisk(disk)}partition ${number}`),
    array: (name) => (hex(`${intentId} array ${name}`).slice(0, 32).match(/.{8}/g) ?? []).join(':'),
    physicalVolume(member) {
      const text = hex(`${intentId} physical volume ${member}`);
      return [6, 10, 14, 18, 22, 26, 32]
        .map((end, index, ends) => text.slice(ends[index - 1] ?? 0, end))
        .join('-');
    },
    cache: (name) => uuid(`${intentId} cache ${name}`),
    fileSystem({ on, kind }) {
      const number = storage.disks[0]?.partitions.find(({ label }) => label === on)?.number;
      const name = `${intentId} file system ${number ?? on}`;
      if (kind !== 'vfat') return uuid(name);
      const id = hex(name).slice(0, 8).toUpperCase();
      return `${id.slice(0, 4)}-${id.slice(4)}`;
    },
  };
}

/** RFC 9562, section 5.8: version 8, made of what the maker likes. */
function uuid(name: string): string {
  const text = hex(name);
  const variant = '89ab'.charAt(Number.parseInt(text.charAt(16), 16) % 4);
  return [
    text.slice(0, 8),
    text.slice(8, 12),
    `8${text.slice(13, 16)}`,
    `${variant}${text.slice(17, 20)}`,
    text.slice(20, 32),
  ].join('-');
}

function hex(name: string): string {
  return createHash('sha256').update(`rackwright ${name}`).digest('hex');
}
