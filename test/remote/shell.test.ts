import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lines, quoteWord, shell } from '../../remote/index.ts';
import { nastyStrings } from '../fixtures/nasty-strings.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rw-shell-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** One `sh` for all strings: each word ends with a NUL, each command with a group separator of its own line. */
async function words(script: string): Promise<string[]> {
  const { stdout, stderr, exitCode } = await execa('sh', ['-s'], {
    input: script,
    cwd: folder,
    stripFinalNewline: false,
  });
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  return stdout.split('\0').slice(0, -1);
}

describe('the writer of shell text', () => {
  it('has a corpus of at least 300 strings', () => {
    expect(nastyStrings.length).toBeGreaterThanOrEqual(300);
  });

  it('gives sh each value back, as one word, and no command more', async () => {
    const script = lines(
      ...nastyStrings.map((value) => shell`printf '%s\\0' ${value}`),
      shell`printf 'end\\0'`,
    );
    expect(await words(script.text)).toEqual([...nastyStrings, 'end']);
    expect(await readdir(folder)).toEqual([]);
  });

  it('gives an array as one word each', async () => {
    const script = shell`printf '%s\\0' ${[...nastyStrings, 7]} ${'end'}`;
    expect(await words(script.text)).toEqual([...nastyStrings, '7', 'end']);
  });

  it('survives being quoted again: a script as an argument of sh -c', async () => {
    const script = lines(
      ...nastyStrings.slice(0, 100).map((value) => shell`sh -c ${shell`printf '%s\\0' ${value}`.text}`),
    );
    expect(await words(script.text)).toEqual(nastyStrings.slice(0, 100));
  });

  it('lets another Shell in as it is', () => {
    expect(shell`set -e; ${shell`echo ${'a b'}`}`.text).toBe("set -e; echo 'a b'");
  });

  it('refuses a NUL', () => {
    expect(() => quoteWord('a\0b')).toThrow(RangeError);
    expect(() => shell`echo ${['x', '\0']}`).toThrow(RangeError);
  });
});
