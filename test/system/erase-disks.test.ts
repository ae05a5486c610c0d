import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { diskStatus, knowUse } from '../../disks/index.ts';
import { eraseBy, tellEvidence } from '../../erase/erase-script.ts';
import { evidenceOf } from '../../erase/index.ts';
import { prelude } from '../../erase/prelude.ts';
import { readBack, writeMarks } from '../../erase/read-back.ts';
import type { EraseMethod } from '../../model/index.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';

/** The scripts as they are sent, on loop devices of the kernel, with the real tools. How a disk is found is tested apart. */
const MIB = 1024 ** 2;
const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };
const has = (...words: readonly string[]) =>
  spawnSync(words[0] as string, words.slice(1), { env }).status === 0;
const canLoop = process.getuid?.() === 0 && has('losetup', '-f') && has('perl', '-e', '1');
const PATTERN = Buffer.alloc(4096, 'secret of the last tenant ');

let directory = '';
const undo: (() => void)[] = [];
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'rw-erase-'));
});
afterEach(() => {
  for (const work of undo.splice(0).toReversed()) work();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Loop {
  readonly device: string;
  readonly file: string;
  readonly size: number;
}

function loop(name: string, size: number, folder = directory): Loop {
  const file = join(folder, name);
  const handle = openSync(file, 'w');
  ftruncateSync(handle, size);
  closeSync(handle);
  const device = execFileSync('losetup', ['-f', '--show', file], { env, encoding: 'utf8' }).trim();
  undo.push(() => {
    spawnSync('losetup', ['-d', device], { env });
    rmSync(file, { force: true });
  });
  return { device, file, size };
}

/** Every block of it, through the device, so that no cache of ours knows better. */
function fill({ device, size }: Loop): void {
  const handle = openSync(device, 'r+');
  const chunk = Buffer.concat(Array.from({ length: 256 }, () => PATTERN));
  for (let at = 0; at < size; at += chunk.length)
    writeSync(handle, chunk, 0, Math.min(chunk.length, size - at), at);
  closeSync(handle);
  spawnSync('blockdev', ['--flushbufs', device], { env });
}

function blocksHolding({ file, size }: Loop, pattern: Buffer): number {
  const handle = openSync(file, 'r');
  const block = Buffer.alloc(4096);
  let hits = 0;
  for (let at = 0; at + 4096 <= size; at += 4096) {
    readSync(handle, block, 0, 4096, at);
    if (block.equals(pattern)) hits += 1;
  }
  closeSync(handle);
  return hits;
}

function run({ device, size }: Loop, ...parts: readonly Shell[]) {
  const name = device.replace('/dev/', '');
  const script = lines(prelude(), shell`name=${name} disk=${device} size=${size}`, ...parts);
  const { status, stdout, stderr } = spawnSync('sh', [], { input: script.text, encoding: 'utf8', env });
  return { exitCode: status ?? -1, tail: `${stderr}${stdout}` };
}

const erase = (disk: Loop, method: EraseMethod) => run(disk, knowUse(), eraseBy(method), tellEvidence());

function evidence(method: EraseMethod, result: ReturnType<typeof run>) {
  const disk = { serial: 'S', wwn: '', size: 1, model: 'M', name: 'sda' };
  return evidenceOf({
    machineId: 'm-1',
    operationId: 'm-1/release/1',
    plan: { level: 'full', bootId: 'b-1' },
    erasure: { step: 'erase sda', disk, method, deadlineMs: 1 },
    result,
    endedAt: new Date('2026-11-22T10:00:00Z'),
  });
}

describe.skipIf(!canLoop)('a disk that was full of somebody else', () => {
  test.each(['overwrite', 'write-zeroes', 'discard'] as const)(
    '%s: not one block of it is left, and 10,000 were read back',
    (method) => {
      const disk = loop(`${method}.raw`, 96 * MIB + 512 * 7);
      fill(disk);
      expect(blocksHolding(disk, PATTERN)).toBeGreaterThan(24_000);
      const result = erase(disk, method);
      expect(result).toMatchObject({ exitCode: 0 });
      expect(evidence(method, result)).toMatchObject({
        result: 'ok',
        verified: { blocks: 10_000, bytes: 10_000 * 4096 + 2 * MIB, nonZero: 0, marked: 0 },
      });
      expect(blocksHolding(disk, PATTERN)).toBe(0);
      expect(blocksHolding(disk, Buffer.alloc(4096))).toBe(Math.floor(disk.size / 4096));
    },
  );

  test('signatures: nothing recognises it, both ends are zero, the rest stays', () => {
    const disk = loop('signatures.raw', 64 * MIB);
    fill(disk);
    execFileSync('sgdisk', ['-o', '-n', '1:0:+20M', disk.device], { env, stdio: 'ignore' });
    const result = erase(disk, 'signatures');
    expect(result).toMatchObject({ exitCode: 0 });
    expect(evidence('signatures', result)).toMatchObject({
      result: 'ok',
      verified: { bytes: 20 * MIB, nonZero: 0 },
    });
    expect(execFileSync('wipefs', [disk.device], { env, encoding: 'utf8' })).toBe('');
    const left = blocksHolding(disk, PATTERN);
    expect(left).toBe((44 * MIB) / 4096);
  });

  test('a disk smaller than what is kept of both ends is zero from end to end', () => {
    const disk = loop('small.raw', 3 * MIB);
    fill(disk);
    expect(erase(disk, 'signatures').exitCode).toBe(0);
    expect(blocksHolding(disk, Buffer.alloc(4096))).toBe((3 * MIB) / 4096);
  });
});

describe.skipIf(!canLoop)('an erasure that is none is found out', () => {
  test('a disk that says yes and does nothing: its marks are still there', () => {
    const disk = loop('liar.raw', 64 * MIB);
    const result = run(
      disk,
      writeMarks(),
      shell`: the disk says that it has erased itself`,
      readBack('marks'),
      tellEvidence(),
    );
    expect(result.exitCode).toBe(91);
    expect(evidence('nvme-format', result)).toMatchObject({
      result: 'failed',
      reason: expect.stringMatching(/1\d{4} blocks still hold what was written there/),
    });
  });

  test('a disk that purges to noise of its own passes, for a purge promises no zeroes', () => {
    const disk = loop('noise.raw', 64 * MIB);
    const noise = shell`dd if=/dev/urandom of="$disk" bs=1M count=64 conv=notrunc,fsync status=none`;
    const result = run(disk, writeMarks(), noise, readBack('marks'), tellEvidence());
    expect(result).toMatchObject({ exitCode: 0 });
    expect(evidence('nvme-format', result)).toMatchObject({
      result: 'ok',
      verified: { marked: 0, blocks: 10_000 },
    });
  });

  test('one block of 24,576 in a hundred that was left out', () => {
    const disk = loop('gap.raw', 96 * MIB);
    const handle = openSync(disk.device, 'r+');
    for (let at = 0; at < disk.size; at += 100 * 4096) writeSync(handle, PATTERN, 0, 4096, at);
    closeSync(handle);
    const result = run(disk, readBack('zero'), tellEvidence());
    expect(result.exitCode).toBe(91);
    expect(result.tail).toMatch(/\d+ blocks are not zero, the first at byte 0$/m);
  });

  test('a disk that fails in the middle of being written', () => {
    const tmpfs = join(directory, 'tmpfs');
    mkdirSync(tmpfs);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'rw-erase-test', tmpfs], { env });
    undo.push(() => spawnSync('umount', [tmpfs], { env }));
    const disk = loop('failing.raw', 64 * MIB, tmpfs);
    const result = erase(disk, 'overwrite');
    expect(result.exitCode).toBe(90);
    expect(evidence('overwrite', result)).toMatchObject({
      result: 'failed',
      reason: expect.stringMatching(/^Step "erase sda": dd: .*(error writing|fsync failed|Input\/output)/),
    });
  });

  test('a disk that is mounted', () => {
    const disk = loop('mounted.raw', 64 * MIB);
    execFileSync('mkfs.ext4', ['-q', disk.device], { env });
    const point = join(directory, 'point');
    mkdirSync(point);
    execFileSync('mount', [disk.device, point], { env });
    undo.push(() => spawnSync('umount', [point], { env }));
    const before = execFileSync('wipefs', [disk.device], { env, encoding: 'utf8' });
    for (const method of ['signatures', 'discard', 'write-zeroes'] as const) {
      expect(erase(disk, method).exitCode, method).toBe(method === 'signatures' ? diskStatus.busy : 90);
    }
    expect(execFileSync('wipefs', [disk.device], { env, encoding: 'utf8' })).toBe(before);
  });
});
