import type { DeployPlan } from '../../model/index.ts';
import { CodedError } from '../../model/index.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { exitStatus } from '../exit-status.ts';
import { checkSystemName } from '../plan/check-words.ts';
import { grubStubText } from '../writers/grub.ts';
import { efiPartition } from './root-partition.ts';

export function mountEfi(plan: DeployPlan): Shell {
  return shell`if ! mounted "$target/boot/efi"; then
  part ${efiNumber(plan)} || fail ${exitStatus.diskChanged} 'the EFI system partition is gone'
  mkdir -p "$target/boot/efi"
  mount -t vfat -o umask=0077 "$part" "$target/boot/efi"
fi
`;
}

/**
 * The files that grub-install would put there, without its probing (10 to 17 s under emulation). In the chroot, because
 * Ubuntu's are absolute links. EFI/BOOT gets no fbx64.efi: the fallback program writes boot entries of its own, before the
 * network, and restarts the machine.
 */
export function uefiLoader(plan: DeployPlan, rootUuid: string): Shell {
  const os = checkSystemName(plan.image.os);
  return lines(
    shell`chroot "$target" /bin/sh -euc ${copyLoaders.text} loaders ${os}
printf %s ${grubStubText(rootUuid)} >"$target/boot/efi/EFI/"${os}/grub.cfg`,
    bootOrder(plan, os),
  );
}

const copyLoaders = shell`cd /boot/efi/EFI 2>/dev/null || { mkdir -p /boot/efi/EFI; cd /boot/efi/EFI; }
mkdir -p "$1" BOOT
shim=/usr/lib/shim/shimx64.efi.signed
[ -e $shim ] || shim=/usr/lib/shim/shimx64.efi.signed.latest
cp $shim "$1/shimx64.efi"
cp $shim BOOT/BOOTX64.EFI
for file in /usr/lib/shim/mmx64.efi.signed /usr/lib/shim/mmx64.efi; do
  [ ! -e $file ] || { cp $file "$1/mmx64.efi"; cp $file BOOT/mmx64.efi; break; }
done
cp /usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed "$1/grubx64.efi"
cp /usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed BOOT/grubx64.efi`;

/**
 * Network first, this system next: OVMF and others go on to the next entry when the network says "boot from disk", and try
 * IPv6 and HTTP before the disk unless told otherwise. Firmware that keeps no variables still finds EFI/BOOT.
 */
function bootOrder(plan: DeployPlan, os: string): Shell {
  return shell`boot_order() {
  vars=/sys/firmware/efi/efivars
  [ -d /sys/firmware/efi ] && command -v efibootmgr >/dev/null || return 1
  mounted $vars || mount -t efivarfs efivarfs $vars || return 1
  for old in $(ours); do
    efibootmgr -q -b "$old" -B || return 1
  done
  efibootmgr -q -C -d "$disk" -p ${efiNumber(plan)} -L ${os} -l ${`\\EFI\\${os}\\shimx64.efi`} || return 1
  current='' order=''
  listing=$(efibootmgr) || return 1
  while read -r word value; do
    case $word in
    BootCurrent:) current=$value ;;
    BootOrder:) order=$value ;;
    esac
  done <<END
$listing
END
  wanted=
  for number in $current $(ours) $(echo "$order" | tr , ' '); do
    case ,$wanted, in
    *,$number,*) ;;
    *) wanted=\${wanted:+$wanted,}$number ;;
    esac
  done
  efibootmgr -q -o "$wanted" || return 1
  say "boot order $wanted"
}
# Boot0007* debian<TAB>HD(1,GPT,…: the numbers of the entries that are named like this system
ours() {
  efibootmgr | while read -r entry label; do
    case $entry in
    Boot[0-9A-F][0-9A-F][0-9A-F][0-9A-F] | Boot[0-9A-F][0-9A-F][0-9A-F][0-9A-F]'*')
      entry=\${entry#Boot}
      [ "\${label%%"\t"*}" != ${os} ] || echo "\${entry%'*'}"
      ;;
    esac
  done
}
boot_order || say 'the firmware keeps no boot entries: the machine relies on EFI/BOOT'
`;
}

function efiNumber(plan: DeployPlan): number {
  const partition = efiPartition(plan);
  if (partition === undefined) throw new CodedError('INTERNAL', 'The plan has no EFI system partition.');
  return partition.number;
}
