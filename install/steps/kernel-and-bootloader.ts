import type { RootPlan } from '../../model/index.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { installIdentifiers } from '../identifiers.ts';
import type { InstallStep, PublicContext } from '../install-step.ts';
import { KERNEL_FILE } from '../paths.ts';
import { bootOf } from '../plan/storage/find.ts';
import { grubConfigText } from '../writers/grub.ts';
import { biosLoader } from './bios-loader.ts';
import { installMissing } from './install-missing.ts';
import { copyEfi } from './copy-efi.ts';
import { knowDevices } from './devices.ts';
import { earlyStorage, newInitrd } from './early-storage.ts';
import { peoplesLogins } from './logins.ts';
import { knowMounts, mountTarget, requireIntent, script } from './prelude.ts';
import { mountEfi, uefiLoader } from './uefi-loader.ts';

export function kernelAndBootloader(plan: RootPlan, context: PublicContext): InstallStep {
  const { storage } = plan;
  const ids = installIdentifiers(context.intentId, storage);
  const bootUuid = ids.fileSystem(bootOf(storage));
  return {
    name: 'kernel and bootloader',
    does: `Make its logins, and make it start: ${plan.image.kernelPackage} and GRUB from packages if the image has none, GRUB for ${plan.firmware === 'uefi' ? 'UEFI' : 'BIOS'}.`,
    script: script(
      requireIntent(context.intentId),
      knowDevices(plan),
      knowMounts(),
      mountTarget(plan, context.intentId),
      plan.firmware === 'uefi' ? mountEfi(plan, ids) : lines(),
      peoplesLogins(plan),
      knowChroot(),
      installMissing(plan),
      earlyStorage(plan, ids),
      findKernel(),
      newInitrd(plan),
      plan.firmware === 'uefi' ? uefiLoader(plan, bootUuid) : biosLoader(plan),
      writeGrubConfig(grubConfigText(plan, ids)),
      plan.firmware === 'uefi' ? copyEfi(plan, ids) : lines(),
      shell`printf '%s\n' "$kernel" >${KERNEL_FILE}
say "kernel $kernel"`,
    ),
    // Nothing to fetch: a minute under emulation. Kernel and firmware packages of Ubuntu: 500 MB and an initrd to make.
    deadlineMs: 3_600_000,
    destructive: false,
    runsImage: true,
  };
}

/**
 * Single binds, because the tree below a recursive one cannot be unmounted. /run is new and empty: through ours, install
 * scripts would speak to the init of the system that is running, not of the one that they are in.
 */
function knowChroot(): Shell {
  return shell`binds() {
  for point in /proc /sys /dev /dev/pts; do
    mounted "$target$point" || mount --bind "$point" "$target$point"
  done
  mounted "$target/run" || mount -t tmpfs -o mode=0755,size=64m rackwright-run "$target/run"
  mkdir -p "$target/run/systemd/resolve"
  cp -L /etc/resolv.conf "$target/run/systemd/resolve/stub-resolv.conf" 2>/dev/null || :
}
`;
}

/** The newest, if there are several; its initrd is made if the image has none. */
function findKernel(): Shell {
  return shell`kernel='' count=0
for file in "$target"/boot/vmlinuz-*; do
  [ -f "$file" ] || continue
  kernel=\${file##*/vmlinuz-} count=$((count + 1))
done
if [ $count -gt 1 ]; then
  kernel=$(for file in "$target"/boot/vmlinuz-*; do printf '%s\n' "\${file##*/vmlinuz-}"; done | sort -V | tail -n 1)
fi
case $kernel in
'' | *[!A-Za-z0-9.+~_-]*) fail 1 "the image has no kernel that can be started: '$kernel'" ;;
esac
if [ ! -f "$target/boot/initrd.img-$kernel" ]; then
  binds
  chroot "$target" update-initramfs -c -k "$kernel"
fi
`;
}

function writeGrubConfig(text: string): Shell {
  return shell`mkdir -p "$target/boot/grub"
{
  printf "set kernel='%s'\n" "$kernel"
  printf %s ${text}
} >"$target/boot/grub/grub.cfg.new"
mv "$target/boot/grub/grub.cfg.new" "$target/boot/grub/grub.cfg"`;
}
