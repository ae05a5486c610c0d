import { readdir, mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { type AptSource, renderDeb822 } from '../apt-sources.ts';
import type { HostRelease } from './host-release.ts';
import { DISABLED_UNITS, ROOT_EXCLUDES } from './recipe.ts';
import { writeEarlyFiles } from './root-files.ts';

export interface RootInputs {
  readonly release: HostRelease;
  readonly sources: readonly AptSource[];
  readonly aptOptions: readonly string[];
  readonly packages: readonly string[];
}

/**
 * The image's own initrd is for a root on a plain partition: with arrays and volumes in it, every start would load their modules
 * on an emulated processor. The installer makes another one where a layout needs it, with the hooks that are put back here.
 */
const PLAIN_INITRD =
  'cd /usr/share/initramfs-tools; mkdir aside; mv hooks/mdadm hooks/lvm2 aside; update-initramfs -u -k all; mv aside/* hooks; rmdir aside';

/** A clean root of the host's release in `directory`/root; nothing of the host but its mirrors goes in. */
export async function buildRoot(directory: string, inputs: RootInputs, report: (line: string) => void) {
  const early = join(directory, 'early');
  const sources = join(directory, 'lab.sources');
  const root = join(directory, 'root');
  await writeEarlyFiles(early, inputs.aptOptions);
  await writeFile(sources, renderDeb822(inputs.sources));
  report(`mmdebstrap: ${inputs.packages.length} packages of ${inputs.release.codename} and what they need`);
  await execa('mmdebstrap', [
    '--mode=root',
    '--variant=minbase',
    '--format=directory',
    '--skip=cleanup/apt/lists',
    ...inputs.aptOptions.map((option) => `--aptopt=${option.replace(/;$/, '')}`),
    ...ROOT_EXCLUDES.map((path) => `--dpkgopt=path-exclude=${path}`),
    `--include=${inputs.packages.join(',')}`,
    `--setup-hook=sync-in ${early} /`,
    `--customize-hook=chroot "$1" systemctl --quiet disable ${DISABLED_UNITS.join(' ')}`,
    `--customize-hook=chroot "$1" sh -euc '${PLAIN_INITRD}'`,
    inputs.release.codename,
    root,
    sources,
  ]);
  await rebootMeansReboot(root);
  await forgetTheBuilder(root);
  return root;
}

/** kexec-tools would turn every reboot into a kexec behind the operator's back; that choice is the orchestrator's. */
async function rebootMeansReboot(root: string): Promise<void> {
  await writeFile(
    join(root, 'etc/default/kexec'),
    'LOAD_KEXEC=false\nKERNEL_IMAGE="/vmlinuz"\nINITRD="/initrd.img"\nAPPEND=""\nUSE_GRUB_CONFIG=false\n',
  );
}

/** One image makes many machines: whatever is one machine's own must be made on that machine. */
async function forgetTheBuilder(root: string): Promise<void> {
  const ssh = join(root, 'etc/ssh');
  for (const name of await readdir(ssh)) if (name.startsWith('ssh_host_')) await rm(join(ssh, name));
  // Empty, not missing: systemd then makes an id without treating the boot as a first one (machine-id(5)).
  await writeFile(join(root, 'etc/machine-id'), '');
  for (const path of [
    'etc/resolv.conf',
    'etc/hostname',
    'var/lib/dbus/machine-id',
    'etc/apt/apt.conf.d/99mmdebstrap',
  ]) {
    await rm(join(root, path), { force: true });
  }
  await writeFile(join(root, 'etc/hosts'), '127.0.0.1 localhost\n::1 localhost ip6-localhost\n');
  await mkdir(join(root, 'media/root-ro'), { recursive: true });
  await mkdir(join(root, 'media/root-rw'), { recursive: true });
  await markUpdated(root);
}

/** systemd-update-done.service(8): spares a first boot the rebuilding of ld.so.cache, hwdb, sysusers … */
async function markUpdated(root: string): Promise<void> {
  const usr = new Date(Date.now() - 1000);
  await utimes(join(root, 'usr'), usr, usr);
  for (const part of ['etc', 'var']) await writeFile(join(root, part, '.updated'), '');
}
