import { type Shell, shell } from '../../remote/index.ts';

/** GRUB in the gap that the BIOS boot partition is for; its core image finds the root by what grub-probe sees now. */
export function biosLoader(): Shell {
  return shell`binds
chroot "$target" grub-install --target=i386-pc --no-floppy "$disk"`;
}
