import type { DeployPlan, PlannedSystem, RootPlan } from '../../model/index.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { NETWORK_FILE } from '../paths.ts';
import { checkPackageName } from '../plan/check-words.ts';
import { loaderPartitions } from '../plan/storage/find.ts';
import { storageNeeds } from '../plan/storage/needs.ts';
import { ifupdownNeeds } from '../writers/ifupdown.ts';
import { useDisk } from './devices.ts';

const EFI_PACKAGES = 'grub-efi-amd64 grub-efi-amd64-signed shim-signed efibootmgr';

/** Ubuntu's stream images come without kernel and bootloader; our lab's and many custom ones have both. */
export function installMissing(plan: RootPlan): Shell {
  return lines(
    shell`missing=
set -- "$target"/boot/vmlinuz-*
[ -f "$1" ] || missing=${checkPackageName(plan.image.kernelPackage)}`,
    plan.firmware === 'uefi'
      ? shell`for file in shim/shimx64.efi.signed grub/x86_64-efi-signed/grubx64.efi.signed; do
  [ -e "$target/usr/lib/$file" ] || [ -L "$target/usr/lib/$file" ] || { missing="$missing ${shellWords(EFI_PACKAGES)}"; break; }
done`
      : shell`[ -x "$target/usr/sbin/grub-install" ] && [ -d "$target/usr/lib/grub/i386-pc" ] || missing="$missing grub-pc"`,
    missingForStorage(plan),
    missingPackages(plan),
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

/** What puts the root together in the initrd, and what repairs it. */
function missingForStorage({ storage }: DeployPlan): Shell {
  return lines(
    ...storageNeeds(storage).packages.map(
      ({ program, package: name }) =>
        shell`[ -x "$target"${`/sbin/${program}`} ] || [ -x "$target"${`/usr/sbin/${program}`} ] || missing="$missing "${name}`,
    ),
  );
}

/** Adds to `$missing` what the plan's network and people need, and what was asked for. */
export function missingPackages(plan: Pick<DeployPlan, 'network' | 'system'>): Shell {
  return lines(missingForNetwork(plan), missingForSystem(plan.system));
}

/** Debian's ifupdown makes bonds and bridges with the help of others; netplan and networkd need nobody. */
function missingForNetwork({ network }: Pick<DeployPlan, 'network'>): Shell {
  const needs = ifupdownNeeds(network).map(
    ({ file, package: name }) => shell`  [ -e "$target"${file} ] || missing="$missing "${name}`,
  );
  if (needs.length === 0) return lines();
  return lines(
    shell`network=
[ ! -f ${NETWORK_FILE} ] || read -r network <${NETWORK_FILE}
if [ "$network" = ifupdown ]; then`,
    ...needs,
    shell`fi`,
  );
}

function missingForSystem({ timezone, users, packages }: PlannedSystem): Shell {
  const zone = `/usr/share/zoneinfo/${timezone}`;
  return lines(
    timezone === undefined ? lines() : shell`[ -e "$target"${zone} ] || missing="$missing tzdata"`,
    users.some(({ sudo }) => sudo)
      ? shell`[ -x "$target/usr/bin/sudo" ] || missing="$missing sudo"`
      : lines(),
    ...packages.map(
      (
        name,
      ) => shell`case $(dpkg-query --admindir="$target/var/lib/dpkg" -W -f '\${db:Status-Status}' ${name} 2>/dev/null) in
installed) ;;
*) missing="$missing "${name} ;;
esac`,
    ),
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
  return lines(
    shell`  boot_disks=`,
    ...loaderPartitions(plan.storage, 'ef02').map(({ disk }) =>
      lines(
        useDisk(plan.storage, disk),
        shell`  boot_disk=$disk
  for link in /dev/disk/by-id/*; do
    # shellcheck disable=SC3013
    [ ! "$link" -ef "$disk" ] || boot_disk=$link
  done
  boot_disks="\${boot_disks:+$boot_disks, }$boot_disk"`,
      ),
    ),
    shell`  printf '%s\n' "grub-pc grub-pc/install_devices multiselect $boot_disks" |
    chroot "$target" debconf-set-selections`,
  );
}
