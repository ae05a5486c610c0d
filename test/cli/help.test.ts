import { symlink, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { commands, nouns } from '../../cli/commands.ts';
import { version } from '../../cli/version.ts';
import { launcher, runCli } from './run-cli.ts';

const leaves = commands.map(({ path }) => [...path]);

test('help of everything is what was agreed on', async () => {
  const paths = [[], ...Object.keys(nouns).map((noun) => [noun]), ...leaves];
  let all = '';
  for (const path of paths) {
    const { status, stdout, stderr } = await runCli([...path, '--help']);
    expect([path, status, stderr]).toEqual([path, 0, '']);
    all += `$ rackwright ${[...path, '--help'].join(' ')}\n${stdout}\n`;
  }
  // A change is shown in review: npx vitest run test/cli/help.test.ts -u
  await expect(all).toMatchFileSnapshot('help.snapshot.txt');
}, 180_000);

test('every command has examples that begin with its own name', async () => {
  for (const { path, load } of commands) {
    const { command } = await load();
    expect(command.examples.length, path.join(' ')).toBeGreaterThan(0);
    for (const line of command.examples) {
      expect(line.includes(`rackwright ${path.join(' ')}`), line).toBe(true);
    }
  }
});

test('help is quick: nothing is loaded for it', async () => {
  const times: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const start = performance.now();
    await runCli(['--help']);
    times.push(performance.now() - start);
  }
  const best = Math.min(...times);
  console.log(`rackwright --help: best of 5 ${best.toFixed(0)} ms (aim 250 ms)`);
  expect(best).toBeLessThan(1000);
});

test.each([
  [['machine'], 2],
  [['nonsense'], 2],
  [['machine', 'nonsense'], 2],
  [['machine', 'list', '--nonsense'], 2],
  [['machine', 'list', '-o', 'xml'], 2],
  [['machine', 'show'], 2],
  [['machine', 'deploy', 'r1-u1'], 2],
  [['help', 'machine', 'deploy'], 0],
  [['machines', 'list', '--help'], 0],
  [['--version'], 0],
])('%j ends with %d', async (args, status) => {
  const ended = await runCli(args);
  expect(ended.status).toBe(status);
  // Help that was asked for is data, help instead of an answer is talk.
  expect(ended[status === 0 ? 'stderr' : 'stdout']).toBe('');
});

test('the version is the one of the package', async () => {
  const file = fileURLToPath(new URL('../../package.json', import.meta.url));
  expect((JSON.parse(await readFile(file, 'utf8')) as { version: string }).version).toBe(version);
});

test('the launcher works through symbolic links from anywhere', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rw-link-'));
  try {
    await symlink(launcher, join(directory, 'rackwright'));
    await symlink('rackwright', join(directory, 'rw'));
    const { status, stdout } = await runCli(['--version'], { program: join(directory, 'rw') });
    expect([status, stdout]).toEqual([0, `${version}\n`]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
