import { createHash } from 'node:crypto';

/**
 * UUIDs of the partitions and file systems of one installation, all from its intent: the controller knows them before
 * they exist, so fstab, GRUB and kexec name the same root without asking the machine, and no two installations share one.
 */
export interface InstallIdentifiers {
  readonly disk: string;
  partition(number: number): string;
  /** As blkid shows it: a UUID, or XXXX-XXXX for vfat. */
  fileSystem(number: number, kind: 'ext4' | 'vfat'): string;
}

export function installIdentifiers(intentId: string): InstallIdentifiers {
  return {
    disk: uuid(`${intentId} disk`),
    partition: (number) => uuid(`${intentId} partition ${number}`),
    fileSystem: (number, kind) => {
      const name = `${intentId} file system ${number}`;
      if (kind === 'ext4') return uuid(name);
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
