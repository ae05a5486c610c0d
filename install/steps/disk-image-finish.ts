import { lines, shell, type Shell } from '../../remote/index.ts';
import type { InstallStep, PublicContext } from '../install-step.ts';
import { knowDevices } from './devices.ts';
import type { DiskPlan } from './disk-image.ts';
import { peoplesLogins } from './logins.ts';
import { knowMounts, requireIntent, script } from './prelude.ts';

export function finishDiskImage(plan: DiskPlan, context: PublicContext): InstallStep {
  return {
    name: 'finish',
    does: plan.image.layout
      ? 'Write everything out, and tell the firmware of it.'
      : 'Make its logins, write everything out, unmount it, and tell the firmware of it.',
    script: script(
      requireIntent(context.intentId),
      knowDevices(plan),
      knowMounts(),
      plan.image.layout ? shell`! mounted "$target" || umount "$target"` : loginsInside(plan),
      shell`blockdev --flushbufs "$disk"
sync`,
      plan.firmware === 'uefi' ? bootEntry() : shell`:`,
      shell`say 'installed'`,
    ),
    deadlineMs: 600_000,
    destructive: false,
    runsImage: true,
  };
}

function loginsInside(plan: DiskPlan): Shell {
  return lines(
    shell`if mounted "$target"; then`,
    peoplesLogins(plan),
    shell`umount "$target"
fi`,
  );
}

const LABEL = 'rackwright-image';

/**
 * An entry for what every UEFI image brings (UEFI 2.10, 3.5.1.1), right behind what the machine was started by: the network stays first.
 * Firmware that keeps no entries finds that file by itself.
 */
function bootEntry(): Shell {
  return shell`boot_entry() {
  [ -d /sys/firmware/efi ] && command -v efibootmgr >/dev/null || return 1
  mounted /sys/firmware/efi/efivars || mount -t efivarfs efivarfs /sys/firmware/efi/efivars || return 1
  number=
  for entry in "/sys/class/block/$name/$name"*; do
    [ -r "$entry/partition" ] || continue
    [ "$(blkid -p -s PART_ENTRY_TYPE -o value "/dev/\${entry##*/}")" = c12a7328-f81f-11d2-ba4b-00a0c93ec93b ] || continue
    read -r number <"$entry/partition"
    break
  done
  [ -n "$number" ] || return 1
  efibootmgr | sed -n ${`s/^Boot\\([0-9A-F]\\{4\\}\\)\\*\\{0,1\\} ${LABEL}\\b.*/\\1/p`} | while read -r old; do
    efibootmgr -q -b "$old" -B || :
  done
  efibootmgr -q -c -d "$disk" -p "$number" -L ${LABEL} -l ${'\\EFI\\BOOT\\BOOTX64.EFI'} || return 1
  current=$(efibootmgr | sed -n 's/^BootCurrent: //p')
  order=$(efibootmgr | sed -n 's/^BootOrder: //p')
  [ -n "$current" ] || return 0
  rest=$(echo ",$order," | sed "s/,$current,/,/; s/^,//; s/,\\$//")
  efibootmgr -q -o "$current\${rest:+,$rest}"
}
boot_entry || say 'the firmware was told nothing: the machine relies on EFI/BOOT'
`;
}
