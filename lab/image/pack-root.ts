import { cp, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

/** What the stream takes out of a root. All paths are inside the stage's directory. */
export const ROOT_PARTS = {
  squashfs: 'squashfs',
  kernel: 'boot-kernel',
  manifest: 'squashfs.manifest',
  modules: 'modules',
  busybox: 'busybox',
  shim: 'bootx64.efi',
  grub: 'grubx64.efi',
} as const;

/** Turns `scratch`/root into the parts and removes it. */
export async function packRoot(scratch: string, report: (line: string) => void): Promise<void> {
  const root = join(scratch, 'root');
  const part = (name: keyof typeof ROOT_PARTS) => join(scratch, ROOT_PARTS[name]);
  const kernels = (await readdir(join(root, 'boot'))).filter((name) => name.startsWith('vmlinuz-'));
  const [kernel] = kernels;
  if (kernel === undefined || kernels.length > 1) {
    throw new Error(`expected one kernel in the root and found ${kernels.join(', ') || 'none'}`);
  }
  await cp(join(root, 'boot', kernel), part('kernel'));
  await cp(join(root, 'bin/busybox'), part('busybox'));
  await cp(join(root, 'usr/lib/shim/shimx64.efi.signed'), part('shim'));
  await cp(join(root, 'usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed'), part('grub'));
  const listed = await execa('dpkg-query', [`--admindir=${join(root, 'var/lib/dpkg')}`, '--show']);
  await writeFile(part('manifest'), `${listed.stdout}\n`);
  report('mksquashfs');
  // zstd costs the booting machine one second more than lz4 and this one 85 seconds less.
  const compression = ['-comp', 'zstd', '-Xcompression-level', '9', '-b', '256K'];
  await execa('mksquashfs', [root, part('squashfs'), '-noappend', '-quiet', '-no-progress', ...compression]);
  await mkdir(part('modules'));
  await rename(join(root, 'usr/lib/modules', kernel.slice('vmlinuz-'.length)), part('modules'));
  await rm(root, { recursive: true });
  await rm(join(scratch, 'early'), { recursive: true, force: true });
}
