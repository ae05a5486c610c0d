import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stage, stampOf } from '../../lab/image/stage.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rackwright-stage-'));
});
afterEach(async () => rm(directory, { recursive: true }));

const build = async (scratch: string) => writeFile(join(scratch, 'file'), 'built');

test('the same inputs are built once', async () => {
  expect((await stage(directory, 'root', stampOf(['a']), build)).built).toBe(true);
  expect((await stage(directory, 'root', stampOf(['a']), build)).built).toBe(false);
});

test('other inputs replace what was built from the old ones, and leave other stages alone', async () => {
  await stage(directory, 'tree', 'x', build);
  await stage(directory, 'root', 'a', build);
  await stage(directory, 'root', 'b', build);
  expect((await readdir(directory)).sort()).toEqual(['root-b', 'tree-x']);
});

test('a build that failed leaves no stage, and the next one starts clean', async () => {
  const fail = async (scratch: string) => {
    await build(scratch);
    throw new Error('no space');
  };
  await expect(stage(directory, 'root', 'a', fail)).rejects.toThrow('no space');
  // What a killed builder would have left: no process has this number.
  await mkdir(join(directory, '.root.999999999'));
  await stage(directory, 'root', 'a', build);
  expect(await readdir(directory)).toEqual(['root-a']);
});
