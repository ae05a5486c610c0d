import { chmod, cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { EPHEMERAL_MODULES, EPHEMERAL_OTHER_CARDS } from '../recipe.ts';
import { readableByAll } from '../root-files.ts';
import { loadOrder, moduleName, parseModulesDep } from './load-order.ts';
import { layPersonality } from './personality.ts';

const APPLETS = [
  'sh mount mkdir echo cat tr cut sleep usleep reboot insmod ifconfig route udhcpc wget cp printf',
  'switch_root chroot ls dmesg ip vi ps umount sha256sum',
]
  .join(' ')
  .split(' ');

/** From a kernel's modules and busybox to the initrd that fetches a squashfs and boots it from RAM. */
export async function buildInitrd(parts: {
  readonly modules: string;
  readonly busybox: string;
  readonly scratch: string;
  readonly output: string;
}): Promise<void> {
  const tree = parts.scratch;
  for (const path of ['bin', 'dev', 'proc', 'sys', 'lib/modules'])
    await mkdir(join(tree, path), { recursive: true });
  await cp(parts.busybox, join(tree, 'bin/busybox'));
  for (const applet of APPLETS) await symlink('busybox', join(tree, 'bin', applet));
  await copyScript('init.sh', join(tree, 'init'));
  await copyScript('dhcp.sh', join(tree, 'dhcp.sh'));
  await copyModules(parts.modules, tree);
  await layPersonality(join(tree, 'personality'));
  await readableByAll(tree);
  const names = await execa('find', ['.', '-mindepth', '1'], { cwd: tree });
  const packed = await execa(
    'cpio',
    ['--create', '--format=newc', '--owner=0:0', '--quiet', '--reproducible'],
    {
      cwd: tree,
      input: `${names.stdout.split('\n').sort().join('\n')}\n`,
      encoding: 'buffer',
      maxBuffer: 1 << 28,
    },
  );
  await writeFile(`${parts.output}.cpio`, packed.stdout);
  await execa('zstd', ['-19', '--quiet', '--force', '--rm', `${parts.output}.cpio`, '-o', parts.output]);
}

async function copyScript(name: string, target: string): Promise<void> {
  await cp(fileURLToPath(new URL(name, import.meta.url)), target);
  await chmod(target, 0o755);
}

async function copyModules(modules: string, tree: string): Promise<void> {
  const dependencies = parseModulesDep(await readFile(join(modules, 'modules.dep'), 'utf8'));
  const builtinList = await readFile(join(modules, 'modules.builtin'), 'utf8');
  const builtin = new Set(builtinList.split('\n').map(moduleName));
  const first = loadOrder(dependencies, builtin, EPHEMERAL_MODULES);
  const present = EPHEMERAL_OTHER_CARDS.filter((name) =>
    [...dependencies.keys()].some((path) => moduleName(path) === name),
  );
  const others = loadOrder(dependencies, builtin, present).filter((path) => !first.includes(path));
  for (const path of [...first, ...others]) {
    await plainModule(join(modules, path), join(tree, 'lib/modules', `${moduleName(path)}.ko`));
  }
  const list = (paths: readonly string[]) => paths.map((path) => `${moduleName(path)}.ko\n`).join('');
  await writeFile(join(tree, 'modules.first'), list(first));
  await writeFile(join(tree, 'modules.others'), list(others));
}

/** busybox's insmod hands the file to the kernel as it is, so compressed modules are unpacked here. */
async function plainModule(from: string, to: string): Promise<void> {
  const suffix = /\.ko\.(zst|xz)$/.exec(basename(from))?.[1];
  if (suffix === undefined) return cp(from, to);
  const { stdout } = await execa(suffix === 'zst' ? 'zstd' : 'xz', ['--decompress', '--stdout', from], {
    encoding: 'buffer',
    maxBuffer: 1 << 26,
  });
  await writeFile(to, stdout);
}
