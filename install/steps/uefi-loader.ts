import type { DeployPlan } from '../../model/index.ts';
import { CodedError } from '../../model/index.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { checkSystemName } from '../plan/check-words.ts';
import { grubStubText } from '../writers/grub.ts';
import { type LoaderPartition, loaderPartitions } from '../plan/storage/find.ts';
import type { InstallIdentifiers } from '../identifiers.ts';
import { locate, useDisk } from './devices.ts';

export function mountEfi(plan: DeployPlan, ids: InstallIdentifiers): Shell {
  return shell`if ! mounted "$target/boot/efi"; then
${locate(plan.storage, ids, firstEfi(plan).partition.label)}
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
export function uefiLoader(plan: DeployPlan, bootUuid: string): Shell {
  const os = checkSystemName(plan.image.os);
  return lines(
    shell`chroot "$target" /bin/sh -euc ${copyLoaders.text} loaders ${os}
printf %s ${grubStubText(plan, bootUuid)} >"$target/boot/efi/EFI/"${os}/grub.cfg`,
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
${addEntries(plan, os)}
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
      case \${label%%"\t"*} in ${labelPattern(plan, os)}) echo "\${entry%'*'}" ;; esac
      ;;
    esac
  done
}
boot_order || say 'the firmware keeps no boot entries: the machine relies on EFI/BOOT'
`;
}

/** One a disk, in the order of the plan: when the first is gone, the firmware goes on with the next. */
function addEntries(plan: DeployPlan, os: string): Shell {
  return lines(
    ...loaderPartitions(plan.storage, 'ef00').map(({ disk, partition }, index) =>
      lines(
        useDisk(plan.storage, disk),
        shell`  efibootmgr -q -C -d "$disk" -p ${partition.number} -L ${entryLabel(os, index)} -l ${`\\EFI\\${os}\\shimx64.efi`} || return 1`,
      ),
    ),
  );
}

function entryLabel(os: string, index: number): string {
  return index === 0 ? os : `${os} disk ${index + 1}`;
}

function labelPattern({ storage }: DeployPlan, os: string): Shell {
  return storage.disks.length === 1 ? shell`${os}` : shell`${os} | ${`${os} disk `}*`;
}

function firstEfi({ storage }: DeployPlan): LoaderPartition {
  const [first] = loaderPartitions(storage, 'ef00');
  if (first === undefined) throw new CodedError('INTERNAL', 'The plan has no EFI system partition.');
  return first;
}
