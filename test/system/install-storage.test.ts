import { spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installIdentifiers } from '../../install/identifiers.ts';
import { rootOf } from '../../install/plan/storage/find.ts';
import { fileSystemCommand } from '../../install/steps/make-file-systems.ts';
import { tableCommand } from '../../install/steps/partition.ts';
import type { PlannedFileSystem } from '../../model/index.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { plan } from '../install/example.ts';
import { layouts, manyDisks } from '../install/storage-examples.ts';

/**
 * The commands that write, run by the real tools on a file in the place of the disk. Loop devices show no partitions on every
 * host, so whole steps are run by the virtual rack (test/e2e).
 */
const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };
const has = (tool: string) => spawnSync('sh', ['-c', `command -v ${tool}`], { env }).status === 0;
const ids = installIdentifiers('op-0001', plan().storage);
let directory = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'rw-storage-'));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

function sparse(name: string, bytes: number): string {
  const path = join(directory, name);
  const file = openSync(path, 'w');
  ftruncateSync(file, bytes);
  closeSync(file);
  return path;
}

function run(script: Shell): string {
  const { status, stdout, stderr } = spawnSync('sh', ['-eu'], { input: script.text, encoding: 'utf8', env });
  expect(status, `${stdout}${stderr}`).toBe(0);
  return stdout;
}

describe.skipIf(!has('sgdisk'))('partitions', () => {
  const cases = (['bios', 'uefi'] as const).flatMap((firmware) =>
    Object.entries({ flat: undefined, ...layouts(firmware) })
      .filter(([layout]) => firmware === 'bios' || layout === 'flat' || layout === 'raid1')
      .map(([layout, storage]) => [firmware, layout, storage] as const),
  );
  test.each(cases)('of a %s machine, %s, are as planned', (firmware, layout, storage) => {
    const made = plan(storage ? { firmware, ...manyDisks, storage } : { firmware }).storage;
    const own = installIdentifiers('op-0001', made);
    made.disks.forEach(({ partitions, size: bytes }, index) => {
      const file = sparse(`${firmware}-${layout}-${index}.raw`.replaceAll(/[ ,]+/g, '-'), bytes);
      run(lines(shell`disk=${file}`, tableCommand(partitions, own, index)));
      expect(run(shell`sgdisk -v ${file}`)).toContain('No problems found');
      for (const { number, label, size } of partitions) {
        const shown = run(shell`sgdisk -i ${number} ${file}`);
        expect(shown).toContain(`Partition unique GUID: ${own.partition(index, number).toUpperCase()}`);
        expect(shown).toContain(`Partition name: '${label}'`);
        if (size !== 'rest') expect(shown).toContain(`Partition size: ${size / 512} sectors`);
      }
      rmSync(file);
    });
  });
});

const kinds: readonly (readonly [PlannedFileSystem['kind'], string])[] = [
  ['ext4', 'mkfs.ext4'],
  ['vfat', 'mkfs.vfat'],
  ['xfs', 'mkfs.xfs'],
  ['btrfs', 'mkfs.btrfs'],
  ['swap', 'mkswap'],
];
describe.each(kinds)('file system %s', (kind, tool) => {
  test.skipIf(!has(tool) || !has('blkid'))('is found by the UUID that fstab and GRUB will name', () => {
    const planned: PlannedFileSystem = { on: 'root', kind, label: 'label', options: [] };
    const file = sparse(`${kind}.raw`, 600 * 1024 ** 2);
    run(lines(shell`part=${file}`, fileSystemCommand(planned, ids)));
    const shown = run(shell`blkid -p -o export ${file}`);
    expect(shown).toContain(`TYPE=${kind}`);
    expect(shown).toContain(`UUID=${ids.fileSystem(planned)}`);
    expect(shown).toMatch(/^LABEL(_FATBOOT)?=label$/m);
  });
});

test.skipIf(!has('mkfs.ext4') || !has('dumpe2fs'))(
  'ext4 has no feature that an older GRUB cannot read',
  () => {
    const file = sparse('features.raw', 600 * 1024 ** 2);
    const root = rootOf(plan().storage);
    run(lines(shell`part=${file}`, fileSystemCommand(root, ids)));
    const features = /^Filesystem features:\s+(.*)$/m
      .exec(run(shell`dumpe2fs -h ${file} 2>/dev/null`))?.[1]
      ?.split(' ');
    expect(features).toContain('metadata_csum');
    expect(features).not.toContain('orphan_file');
    expect(features).not.toContain('metadata_csum_seed');
  },
);
