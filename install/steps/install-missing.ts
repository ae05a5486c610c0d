import type { DeployPlan } from '../../model/index.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { checkPackageName } from '../plan/check-words.ts';

const EFI_PACKAGES = 'grub-efi-amd64 grub-efi-amd64-signed shim-signed efibootmgr';

/** Ubuntu's stream images come without kernel and bootloader; our lab's and many custom ones have both. */
export function installMissing(plan: DeployPlan): Shell {
  return lines(
    shell`missing=
set -- "$target"/boot/vmlinuz-*
[ -f "$1" ] || missing=${checkPackageName(plan.image.kernelPackage)}`,
    plan.firmware === 'uefi'
      ? shell`for file in shim/shimx64.efi.signed grub/x86_64-efi-signed/grubx64.efi.signed; do
  [ -e "$target/usr/lib/$file" ] || [ -L "$target/usr/lib/$file" ] || { missing="$missing ${shellWords(EFI_PACKAGES)}"; break; }
done`
      : shell`[ -x "$target/usr/sbin/grub-install" ] && [ -d "$target/usr/lib/grub/i386-pc" ] || missing="$missing grub-pc"`,
    shell`if [ -n "$missing" ]; then
  say "packages to install:$missing"
  binds`,
    quietServices(),
    answers(plan),
    shell`  export DEBIAN_FRONTEND=noninteractive
  apt() { chroot "$target" apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 "$@"; }
  apt update
  # shellcheck disable=SC2086
  apt --no-install-recommends install $missing
  rm -f "$target/usr/sbin/policy-rc.d"
  [ ! -f "$state/policy-rc.d" ] || mv "$state/policy-rc.d" "$target/usr/sbin/policy-rc.d"
fi
`,
  );
}

/** Only for words of our own. */
function shellWords(words: string): Shell {
  return shell`${words.split(' ')}`;
}

/** invoke-rc.d(8): 101 forbids every action; nothing of the new system is to start on the machine that installs it. */
function quietServices(): Shell {
  return shell`  if [ -f "$target/usr/sbin/policy-rc.d" ] && [ ! -f "$state/policy" ]; then
    cp -p "$target/usr/sbin/policy-rc.d" "$state/policy-rc.d"
  fi
  : >"$state/policy"
  printf '#!/bin/sh\nexit 101\n' >"$target/usr/sbin/policy-rc.d"
  chmod 0755 "$target/usr/sbin/policy-rc.d"`;
}

/** So that a later upgrade of GRUB writes to the right disk, and does not put itself before the network in the boot order. */
function answers(plan: DeployPlan): Shell {
  if (plan.firmware === 'uefi') {
    return shell`  printf '%s\n' 'grub-efi-amd64 grub2/update_nvram boolean false' 'grub-efi-amd64 grub2/force_efi_extra_removable boolean true' |
    chroot "$target" debconf-set-selections`;
  }
  return shell`  boot_disk=$disk
  for link in /dev/disk/by-id/*; do
    # shellcheck disable=SC3013
    [ ! "$link" -ef "$disk" ] || boot_disk=$link
  done
  printf '%s\n' "grub-pc grub-pc/install_devices multiselect $boot_disk" |
    chroot "$target" debconf-set-selections`;
}
