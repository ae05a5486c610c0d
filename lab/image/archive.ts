import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

/** A reproducible tar.xz with flat names; `files` maps a name in the archive to a path here. */
export async function archive(output: string, files: Readonly<Record<string, string>>): Promise<void> {
  const scratch = `${output}.d`;
  await mkdir(scratch, { recursive: true });
  for (const [name, path] of Object.entries(files)) await copyFile(path, join(scratch, name));
  const plain = ['--owner=0', '--group=0', '--numeric-owner', '--mtime=@0', '--sort=name'];
  await execa('tar', [
    '--create',
    '--xz',
    ...plain,
    '--file',
    output,
    '--directory',
    scratch,
    ...Object.keys(files),
  ]);
  await rm(scratch, { recursive: true });
}
