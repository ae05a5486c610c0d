import type { Firmware, Image, PlannedPartition } from '../../model/index.ts';

const MIB = 1024 ** 2;

/** GRUB's core image is 100 to 200 KiB; 2 MiB keeps the next partition aligned. */
const BIOS_BOOT = 2 * MIB;
/** FAT32 on disks with 4 KiB sectors needs 260 MiB; 512 leaves room for a distribution's second loader. */
const EFI_SYSTEM = 512 * MIB;
/** A squashfs of a server system unpacks to 3 to 3.5 times its size (zstd and xz, measured); 4 is on the safe side. */
const UNPACKED = 4;
/** Kernel, initrd, package lists and logs of the first days. */
const HEADROOM = 1024 * MIB;
/** Both partition tables and the alignment of the first partition. */
const TABLES = 4 * MIB;

/** One root, no swap, no LVM: what an image can be copied into without a question. */
export function flatLayout(firmware: Firmware, arch: Image['arch']): readonly PlannedPartition[] {
  const root = {
    number: 2,
    label: 'root',
    // Discoverable Partitions Specification: the root type names the architecture.
    typeCode: arch === 'amd64' ? '8304' : '8305',
    size: 'rest',
    fileSystem: 'ext4',
    mount: '/',
  } as const;
  switch (firmware) {
    case 'bios':
      return [{ number: 1, label: 'bios', typeCode: 'ef02', size: BIOS_BOOT }, root];
    case 'uefi': {
      const esp = { number: 1, label: 'ESP', typeCode: 'ef00', size: EFI_SYSTEM } as const;
      return [{ ...esp, fileSystem: 'vfat', mount: '/boot/efi' }, root];
    }
  }
}

export function bytesNeeded(partitions: readonly PlannedPartition[], squashfsBytes: number): number {
  const fixed = partitions.reduce((sum, { size }) => sum + (size === 'rest' ? 0 : size), 0);
  return TABLES + fixed + squashfsBytes * UNPACKED + HEADROOM;
}
