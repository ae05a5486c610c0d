import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { once } from '../rack/once.ts';
import { machineFiles, type RootFile } from './machine-files.ts';
import type { ContainerMachine } from './types.ts';

/** A plain copy, because on an overlay Docker would fall back to copying every layer. Whole once it has its name. */
export async function ensureRoot(
  machine: ContainerMachine,
  base: string,
  hostPrivateKey: string,
  authorizedKey: string,
): Promise<void> {
  const { root } = machine;
  await once(root, async () => {
    const draft = `${root}.new`;
    await rm(draft, { recursive: true, force: true });
    await mkdir(dirname(draft), { recursive: true });
    await execa('cp', ['--archive', '--reflink=auto', base, draft]);
    for (const file of machineFiles(machine, hostPrivateKey)) await place(draft, file);
    await mkdir(join(draft, 'root/.ssh'), { recursive: true, mode: 0o700 });
    await rename(draft, root);
  });
  await place(root, { path: 'root/.ssh/authorized_keys', text: `${authorizedKey.trim()}\n`, mode: 0o600 });
}

async function place(root: string, { path, text, mode }: RootFile): Promise<void> {
  const file = join(root, path);
  await writeFile(`${file}.new`, text, { mode });
  await chmod(`${file}.new`, mode);
  await rename(`${file}.new`, file);
}
