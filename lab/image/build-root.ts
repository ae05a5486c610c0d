import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { type AptSource, renderDeb822 } from '../apt-sources.ts';
import { forgetTheBuilder, markUpdated } from './clean-root.ts';
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
  await mkdir(join(root, 'media/root-ro'), { recursive: true });
  await mkdir(join(root, 'media/root-rw'), { recursive: true });
  await markUpdated(root);
  return root;
}

/** kexec-tools would turn every reboot into a kexec behind the operator's back; that choice is the orchestrator's. */
async function rebootMeansReboot(root: string): Promise<void> {
  await writeFile(
    join(root, 'etc/default/kexec'),
    'LOAD_KEXEC=false\nKERNEL_IMAGE="/vmlinuz"\nINITRD="/initrd.img"\nAPPEND=""\nUSE_GRUB_CONFIG=false\n',
  );
}
