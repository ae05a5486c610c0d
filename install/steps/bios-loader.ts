import type { DeployPlan } from '../../model/index.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { loaderPartitions } from '../plan/storage/find.ts';
import { useDisk } from './devices.ts';

/**
 * GRUB in the gap that the BIOS boot partition is for, of each disk that has one; its core image finds the root by what grub-probe
 * sees now, and has the modules for arrays and volumes that this takes.
 */
export function biosLoader({ storage }: DeployPlan): Shell {
  return lines(
    shell`binds`,
    ...loaderPartitions(storage, 'ef02').map(({ disk }) =>
      lines(
        useDisk(storage, disk),
        shell`chroot "$target" grub-install --target=i386-pc --no-floppy "$disk"`,
      ),
    ),
  );
}
