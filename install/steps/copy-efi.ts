import type { DeployPlan } from '../../model/index.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import type { InstallIdentifiers } from '../identifiers.ts';
import { writeFiles } from './write-files.ts';

const COPIER = '/usr/local/sbin/rackwright-copy-efi';

/**
 * The EFI system partitions of the other disks get what is on the first one: now, and whenever packages have changed it. They
 * are no array, because firmware writes to them as well.
 */
export function copyEfi({ storage }: DeployPlan, ids: InstallIdentifiers): Shell {
  const [, ...others] = storage.fileSystems.filter(({ kind, label }) => kind === 'vfat' && label === 'ESP');
  if (others.length === 0) return lines();
  const uuids = others.map((fileSystem) => ids.fileSystem(fileSystem));
  return lines(
    writeFiles([
      { path: COPIER, text: copierText(uuids), mode: 0o644 },
      { path: '/etc/apt/apt.conf.d/90rackwright-efi', text: aptText, mode: 0o644 },
    ]),
    shell`chmod 0755 "$target"${COPIER}
binds
chroot "$target" ${COPIER}
`,
  );
}

/** apt.conf(5), DPkg::Post-Invoke: after shim or GRUB may have been upgraded. It never fails an upgrade. */
const aptText = `DPkg::Post-Invoke { "[ ! -x ${COPIER} ] || ${COPIER} || :"; };\n`;

/** What the disk that is gone had is not copied to, and nothing is copied while the first one is gone. */
export function copierText(uuids: readonly string[]): string {
  return `${
    shell`#!/bin/sh
# Written by Rackwright when it installed this machine: it starts from any of its disks, so each gets the boot loader.
set -eu
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
mountpoint -q /boot/efi || exit 0
for uuid in ${uuids}; do
  device=$(blkid -U "$uuid") || continue
  point=$(mktemp -d)
  if mount -t vfat -o umask=0077 "$device" "$point"; then
    mkdir -p "$point/EFI"
    if ! diff -rq /boot/efi/EFI "$point/EFI" >/dev/null; then
      cp -R /boot/efi/EFI/. "$point/EFI/"
      echo "boot loader copied to $device"
    fi
    umount "$point"
  fi
  rmdir "$point"
done`.text
  }\n`;
}
