import { stat } from 'node:fs/promises';
import { execa } from 'execa';

interface Loop {
  readonly name: string;
  readonly 'back-ino': number | string | null;
  readonly 'back-maj:min': string | null;
}

/**
 * Loop devices outlive the machine that attached them, and the host has few. Its paths mean nothing here, because it
 * had its own mounts; the inode does.
 */
export async function releaseLoops(directory: string): Promise<void> {
  const there = await stat(directory).catch(() => undefined);
  if (there === undefined) return;
  const { stdout } = await execa('losetup', ['--json', '--output', 'NAME,BACK-INO,BACK-MAJ:MIN'], {
    reject: false,
  });
  const loops =
    stdout.trim() === '' ? [] : (JSON.parse(stdout) as { loopdevices: readonly Loop[] }).loopdevices;
  for (const loop of loops) {
    if (loop['back-maj:min']?.trim() !== deviceText(there.dev)) continue;
    const inode = String(loop['back-ino']).trim();
    const found = await execa('find', [directory, '-xdev', '-inum', inode, '-print', '-quit']);
    if (found.stdout !== '') await execa('losetup', ['--detach', loop.name]);
  }
}

/** glibc's gnu_dev_major and gnu_dev_minor. */
function deviceText(device: number): string {
  const major = ((device >> 8) & 0xfff) | (Math.floor(device / 2 ** 32) & ~0xfff);
  const minor = (device & 0xff) | ((device >> 12) & 0xfff00);
  return `${major}:${minor}`;
}
