import { spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installIdentifiers } from '../../install/identifiers.ts';
import { fileSystemCommand } from '../../install/steps/make-file-systems.ts';
import { tableCommand } from '../../install/steps/partition.ts';
import type { PlannedPartition } from '../../model/index.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { GIB, plan } from '../install/example.ts';

/**
 * The commands that write, run by the real tools on a file in the place of the disk. Loop devices show no partitions on every
 * host, so whole steps are run by the virtual rack (test/e2e).
 */
const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };
const has = (tool: string) => spawnSync('sh', ['-c', `command -v ${tool}`], { env }).status === 0;
const ids = installIdentifiers('op-0001');
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
  test.each(['bios', 'uefi'] as const)('of a %s machine are as planned', (firmware) => {
    const { partitions } = plan({ firmware });
    const file = sparse(`${firmware}.raw`, 20 * GIB);
    run(lines(shell`disk=${file}`, tableCommand(partitions, ids)));
    expect(run(shell`sgdisk -v ${file}`)).toContain('No problems found');
    for (const partition of partitions) {
      const shown = run(shell`sgdisk -i ${partition.number} ${file}`);
      expect(shown).toContain(`Partition unique GUID: ${ids.partition(partition.number).toUpperCase()}`);
      expect(shown).toContain(`Partition name: '${partition.label}'`);
      if (partition.size !== 'rest')
        expect(shown).toContain(`Partition size: ${partition.size / 512} sectors`);
    }
  });
});

describe.each([
  ['ext4', 'mkfs.ext4'],
  ['vfat', 'mkfs.vfat'],
] as const)('file system %s', (kind, tool) => {
  test.skipIf(!has(tool) || !has('blkid'))('is found by the UUID that fstab and GRUB will name', () => {
    const partition = plan({ firmware: 'uefi' }).partitions.find(({ fileSystem }) => fileSystem === kind);
    const file = sparse(`${kind}.raw`, 600 * 1024 ** 2);
    run(lines(shell`part=${file}`, fileSystemCommand(partition as PlannedPartition, ids)));
    const shown = run(shell`blkid -p -o export ${file}`);
    expect(shown).toContain(`TYPE=${kind}`);
    expect(shown).toContain(`UUID=${ids.fileSystem(partition?.number ?? 0, kind)}`);
  });
});

test.skipIf(!has('mkfs.ext4') || !has('dumpe2fs'))(
  'ext4 has no feature that an older GRUB cannot read',
  () => {
    const file = sparse('features.raw', 600 * 1024 ** 2);
    const root = plan().partitions.find(({ mount }) => mount === '/') as PlannedPartition;
    run(lines(shell`part=${file}`, fileSystemCommand(root, ids)));
    const features = /^Filesystem features:\s+(.*)$/m
      .exec(run(shell`dumpe2fs -h ${file} 2>/dev/null`))?.[1]
      ?.split(' ');
    expect(features).toContain('metadata_csum');
    expect(features).not.toContain('orphan_file');
    expect(features).not.toContain('metadata_csum_seed');
  },
);
