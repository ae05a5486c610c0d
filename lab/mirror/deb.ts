import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { type FileTree, writeTree } from './files.ts';

export interface DebSpec {
  readonly name: string;
  readonly version: string;
  /** Further fields of deb-control(5): `Depends`, `Provides` … */
  readonly fields?: Readonly<Record<string, string>>;
  readonly files: FileTree;
  /** `postinst`, `prerm` … by name. */
  readonly scripts?: Readonly<Record<string, string>>;
  /** Below /etc, kept by dpkg as configuration. */
  readonly conffiles?: readonly string[];
}

/** A package for all architectures, as dpkg-deb builds it. */
export async function buildDeb(spec: DebSpec): Promise<Uint8Array> {
  const { name, version, fields = {}, files, scripts = {}, conffiles = [] } = spec;
  const scratch = await mkdtemp(join(tmpdir(), 'rw-deb-'));
  const control = Object.entries({
    Package: name,
    Version: version,
    Architecture: 'all',
    Maintainer: 'Mirror <mirror@example.org>',
    Description: `${name}, as the mirror of the lab has it`,
    ...fields,
  }).map(([field, value]) => `${field}: ${value}\n`);
  try {
    const root = join(scratch, 'root');
    await writeTree(root, files);
    await writeTree(join(root, 'DEBIAN'), {
      control: control.join(''),
      ...(conffiles.length > 0 && { conffiles: conffiles.map((path) => `${path}\n`).join('') }),
      ...Object.fromEntries(
        Object.entries(scripts).map(([script, content]) => [script, { content, mode: 0o755 }]),
      ),
    });
    await execa('chmod', ['0755', root, join(root, 'DEBIAN')]);
    const file = join(scratch, 'package.deb');
    await execa('dpkg-deb', ['--root-owner-group', '-Zgzip', '--build', root, file]);
    return await readFile(file);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
