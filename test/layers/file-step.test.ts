import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hasText, putText } from '../../layers/parts/file-step.ts';
import type { Shell } from '../../remote/index.ts';
import { nastyStrings } from '../fixtures/nasty-strings.ts';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'rw-layer-'));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const statusOf = (script: Shell) => spawnSync('sh', ['-eu'], { input: script.text }).status;

test('a file is not there, is put, is there, and differs from any other text', () => {
  const path = join(directory, 'deep', 'a file');
  expect(statusOf(hasText(path, 'one\n'))).toBe(1);
  expect(statusOf(putText(path, 'one\n'))).toBe(0);
  expect(statusOf(hasText(path, 'one\n'))).toBe(0);
  expect(statusOf(hasText(path, 'two\n'))).toBe(1);
});

test('any text arrives as it is', () => {
  const texts = nastyStrings.filter(
    (text) => text.isWellFormed() && !text.includes('\0') && text === text.trimEnd(),
  );
  const path = (index: number) => join(directory, `nasty-${index}`);
  const script = texts.map(
    (text, index) => `${putText(path(index), `${text}\n`).text}\n(${hasText(path(index), `${text}\n`).text})`,
  );
  expect(spawnSync('sh', ['-eu'], { input: script.join('\n'), encoding: 'utf8' })).toMatchObject({
    status: 0,
  });
  texts.forEach((text, index) => expect(readFileSync(path(index), 'utf8')).toBe(`${text}\n`));
});
