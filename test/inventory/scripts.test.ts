import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { collectScript, neighboursScript, parseInventory, withNeighbours } from '../../inventory/index.ts';

describe.each([
  ['collect', collectScript().text],
  ['neighbours', neighboursScript().text],
])('%s', (_, text) => {
  test('parses as POSIX shell', () => {
    expect(spawnSync('sh', ['-n'], { input: text, encoding: 'utf8' })).toMatchObject({ status: 0 });
    expect(text).not.toContain('undefined');
  });
  test.skipIf(spawnSync('shellcheck', ['--version']).error)('pleases shellcheck', () => {
    expect(spawnSync('shellcheck', ['-s', 'sh', '-'], { input: text, encoding: 'utf8' }).stdout).toBe('');
  });
});

test.skipIf(process.platform !== 'linux')('what this very machine says is understood', () => {
  // Without the part that raises links: a test changes nothing on its host.
  const reading = collectScript().text.replace(/^raised=$[^]*?(?=^section system$)/m, '');
  expect(reading).not.toContain('ip link');
  const { status, stdout } = spawnSync('sh', ['-eu'], { input: reading, encoding: 'utf8' });
  expect(status).toBe(0);
  const inventory = parseInventory(stdout);
  expect(inventory.memory.bytes).toBeGreaterThan(0);
  expect(inventory.cpu.threads).toBeGreaterThan(0);
  expect(withNeighbours(inventory, '')).toEqual(inventory);
});
