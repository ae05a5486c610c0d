import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { INSTALLED_INITRD_MODULES } from './recipe.ts';

/** Files that must be there before the packages are, because their install scripts read them. */
export async function writeEarlyFiles(tree: string, aptOptions: readonly string[]): Promise<void> {
  const files: Record<string, string> = {
    // conf.d and modules.d are nobody's conffiles, so dpkg asks no questions.
    'etc/initramfs-tools/conf.d/rackwright': 'MODULES=list\nCOMPRESS=zstd\nRESUME=none\nFSTYPE=ext4\n',
    'usr/share/initramfs-tools/modules.d/rackwright': `${INSTALLED_INITRD_MODULES.join('\n')}\n`,
    'etc/apt/apt.conf.d/80rackwright': aptConfText(aptOptions),
    'etc/kernel-img.conf': 'do_symlinks = yes\ndo_bootloader = no\ndo_initrd = yes\nlink_in_boot = no\n',
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), text);
  }
  await readableByAll(tree);
}

export function aptConfText(aptOptions: readonly string[]): string {
  return [...aptOptions, 'Acquire::Languages "none";', ''].join('\n');
}

/** A tree that becomes part of a root must not carry the builder's umask into it. */
export async function readableByAll(tree: string): Promise<void> {
  await execa('chmod', ['-R', 'u=rwX,go=rX', tree]);
}
