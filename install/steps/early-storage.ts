import type { DeployPlan } from '../../model/index.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import type { InstallIdentifiers } from '../identifiers.ts';
import { storageNeeds } from '../plan/storage/needs.ts';
import { mdadmConfText } from '../writers/mdadm-conf.ts';
import { writeFiles } from './write-files.ts';

/** What the initrd is made from: the image was made for a root on a plain partition. */
export function earlyStorage({ storage }: DeployPlan, ids: InstallIdentifiers): Shell {
  const modules = storageNeeds(storage).initrdModules;
  if (modules.length === 0) return lines();
  const mdadm = {
    path: '/etc/mdadm/mdadm.conf',
    text: mdadmConfText(storage.arrays, ids),
    mode: 0o644,
  } as const;
  return lines(
    writeFiles([
      // A directory of initramfs-tools for files that belong to nobody's package.
      {
        path: '/usr/share/initramfs-tools/modules.d/rackwright-storage',
        text: modules.map((name) => `${name}\n`).join(''),
        mode: 0o644,
      },
      ...(storage.arrays.length > 0 ? [mdadm] : []),
    ]),
    storage.arrays.length > 0
      ? shell`for unit in mdcheck_start.timer mdcheck_continue.timer mdmonitor-oneshot.timer; do
  systemctl --root="$target" --quiet enable $unit 2>/dev/null || :
done`
      : lines(),
    // dracut.conf(5): its modules are found by what the running system is on, and that is another one here.
    shell`if [ -d "$target/etc/dracut.conf.d" ]; then
  printf %s ${`hostonly=no\nadd_drivers+=" ${modules.join(' ')} "\n`} >"$target/etc/dracut.conf.d/rackwright-storage.conf"
fi
`,
  );
}

/** After the packages, after the kernel is known. */
export function newInitrd({ storage }: DeployPlan): Shell {
  if (storageNeeds(storage).initrdModules.length === 0) return lines();
  return shell`binds
chroot "$target" update-initramfs -u -k "$kernel"
`;
}
