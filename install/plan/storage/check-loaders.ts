import type { Firmware } from '../../../model/index.ts';
import { refuse } from '../refuse.ts';
import type { PlacedFileSystem } from './check-file-systems.ts';
import type { SizedPartition } from './check-partitions.ts';

/**
 * The firmware finds a loader, and the loader finds the kernel: also when any one disk of a redundant array is gone, which is
 * what somebody wants who asks for one.
 */
export function checkLoaders(
  disks: readonly (readonly SizedPartition[])[],
  placed: readonly PlacedFileSystem[],
  firmware: Firmware,
  at: (path: string) => string,
): void {
  const use = firmware === 'uefi' ? 'efi' : 'bios';
  const starts = disks.map((partitions) => partitions.some((partition) => partition.use === use));
  if (!starts.includes(true))
    refuse(
      at('disks'),
      `The machine starts by ${firmware === 'uefi' ? 'UEFI' : 'BIOS'}, and no partition is for its loader (use: ${use}).`,
    );
  disks.forEach((partitions, index) => {
    const second = partitions.findIndex(
      (partition, position) =>
        partition.use !== 'linux' && partitions.findIndex((other) => other.use === partition.use) < position,
    );
    if (second !== -1)
      refuse(at(`disks[${index}].partitions[${second}].use`), 'One such partition a disk is enough.');
  });
  const boot =
    placed.find(({ planned }) => planned.mount === '/boot') ??
    placed.find(({ planned }) => planned.mount === '/');
  if (!boot) refuse(at('fileSystems'), 'Nothing is mounted at /.');
  if (boot.device.unreadable !== undefined)
    refuse(
      `${boot.path}.on`,
      `GRUB reads /boot from it, and cannot read ${boot.device.unreadable}. Give /boot a file system on a partition.`,
    );
  if (!boot.device.redundant) return;
  const without = boot.device.disks.find((disk) => starts[disk] !== true);
  if (without !== undefined)
    refuse(
      at(`disks[${without}].partitions`),
      `${boot.planned.on} goes on without any one of its disks, but the machine could not start from this one: it has no partition for the loader (use: ${use}).`,
    );
}
