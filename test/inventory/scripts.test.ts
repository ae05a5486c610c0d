import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  collectScript,
  hostFactsScript,
  neighboursScript,
  outlineScripts,
  parseInventory,
  runScriptJob,
  shippedScripts,
  withNeighbours,
} from '../../inventory/index.ts';

const shipped = await shippedScripts();
const server = parseInventory(readFileSync(new URL('fixtures/two-sockets.txt', import.meta.url), 'utf8'));
/** A job around the smallest script, with a disk, a card and packages to find. */
const jobs = outlineScripts(
  shipped,
  'test',
  { scripts: ['disk-fio', 'network-reach'], parameters: {}, destructive: true },
  server,
).runs.map((run) => {
  const script = shipped.find(({ sha256 }) => sha256 === run.sha256) as (typeof shipped)[number];
  const context = {
    operationId: 'm-1/test/1',
    machineName: 'node-1',
    controller: '10.78.0.1',
    packageProxy: 'http://10.78.0.1:3142',
  };
  return [
    run.step,
    `set -eu\n${runScriptJob(run, { ...script, content: '#!/bin/sh\n' }, context).text}`,
  ] as const;
});

const texts: readonly (readonly [string, string])[] = [
  ['collect', collectScript().text],
  ['neighbours', neighboursScript().text],
  ['host facts', hostFactsScript().text],
  ...shipped.map(({ metadata, content }) => [metadata.name, content] as const),
  ...jobs,
];

describe.each(texts)('%s', (_, text) => {
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
  for (const node of inventory.numa) expect(node.cpus, `node ${node.id}`).toMatch(/^(\d+([-,]\d+)*)?$/);
  expect(withNeighbours(inventory, '')).toEqual(inventory);
});
