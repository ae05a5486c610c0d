import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { helperText } from '../../layers/sunbeam/helper.ts';

/** The helper itself, in a home of its own, with a `sunbeam` that says and does what upstream's sources have. */
const token = `eyJ${'A'.repeat(80)}==`;
const sunbeam = `#!/bin/bash
log=$HOME/snap/openstack/common/logs/sunbeam-$(date +%s.%N).log
mkdir -p "\${log%/*}"
echo "12:00:00,1 sunbeam.main DEBUG command: $*" >>"$log"
echo "$*" >>"$HOME/asked"
case "$1 $2" in
'plans list') [ ! -e "$HOME/locked" ] || echo 'hypervisor-plan: locked'; echo 'other-plan: unlocked' ;;
'plans unlock') rm "$HOME/locked" ;;
'cluster add') cat "$HOME/gives" 2>/dev/null || echo 'Node is already a member of the Sunbeam cluster' ;;
'cluster join')
  read -r token
  exec </dev/tty || exit 9
  echo "12:00:00,1 sunbeam.core.common DEBUG Running step 'Add it'" >>"$log"
  echo "12:00:01,1 sunbeam.core.common DEBUG Running step \\"Deploy it's parts\\"" >>"$log"
  printf '\\033[32mthe token was %s\\033[0m\\r\\n' "$token"
  [ ! -e "$HOME/fails" ] || { echo 'Error: it failed'; exit 1; }
  echo 'Node joined cluster with roles: compute'
  ;;
'cluster bootstrap') touch "$HOME/begun"; while [ ! -e "$HOME/go" ]; do sleep 0.1; done ;;
esac
`;

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'rw-sunbeam-'));
  mkdirSync(join(home, 'bin'));
  for (const [name, text] of [
    ['sunbeam', sunbeam],
    ['sudo', '#!/bin/sh\necho "$@" >>"$HOME/as-root"\n'],
  ] as const)
    writeFileSync(join(home, 'bin', name), text, { mode: 0o755 });
  writeFileSync(join(home, 'helper'), helperText);
});
afterEach(() => rmSync(home, { recursive: true }));

const file = (name: string) => join(home, name);
const environment = () => ({ HOME: home, USER: 'ubuntu', PATH: `${file('bin')}:/usr/bin:/bin` });
/** Without a terminal, as a job is. */
const run = (verb: string, words: readonly string[] = [], input = '') => {
  const { status, stdout, stderr } = spawnSync('setsid', ['-w', 'bash', file('helper'), verb, ...words], {
    env: environment(),
    input,
    encoding: 'utf8',
  });
  return { status, said: `${stdout}${stderr}` };
};

test('a token goes from hand to hand, and is not shown; a join that failed goes on with it', () => {
  writeFileSync(file('gives'), `${token}\n`);
  writeFileSync(file('locked'), '');
  const given = run('token', ['n1.example']).said;
  expect(given).toBe(`${token}\n`);
  expect(run('take', [], given)).toEqual({ status: 0, said: '' });
  expect(statSync(file('.rackwright-sunbeam-token')).mode & 0o777).toBe(0o600);

  writeFileSync(file('fails'), '');
  const failed = run('join', ['compute']);
  expect(failed.status).toBe(1);
  expect(failed.said).toContain('unlocking hypervisor-plan, of a run that was cut off');
  expect(failed.said).toContain(
    "step: Add it\nstep: Deploy it's parts\nthe token was (token)\nError: it failed",
  );

  rmSync(file('fails'));
  rmSync(file('gives'));
  expect(run('token', ['n1.example']).said).toBe('');
  expect(run('take').status).toBe(0);
  const joined = run('join', ['compute']);
  expect(joined.status).toBe(0);
  expect(joined.said).not.toContain('unlocking');
  expect(`${failed.said}${joined.said}${readFileSync(file('asked'), 'utf8')}`).not.toContain(token);
  expect(existsSync(file('.rackwright-sunbeam-token'))).toBe(false);
  expect(readFileSync(file('as-root'), 'utf8')).toContain('touch /var/lib/rackwright/sunbeam/joined');
  const none = run('take');
  expect(none).toEqual({
    status: 1,
    said: 'the first machine gave no token, and none is left of a run before\n',
  });
});

test('while a command is at work, another one is told to come later', async () => {
  const words = ['-w', 'bash', file('helper'), 'bootstrap', 'control'];
  const first = spawn('setsid', words, { env: environment(), stdio: 'ignore' });
  const ended = new Promise<number | null>((resolve) => first.once('exit', resolve));
  await expect.poll(() => existsSync(file('begun')), { timeout: 30_000 }).toBe(true);
  expect(run('bootstrap', ['control'])).toEqual({
    status: 75,
    said: 'a command of Sunbeam is still at work here\n',
  });
  writeFileSync(file('go'), '');
  expect(await ended).toBe(0);
}, 60_000);

test.skipIf(spawnSync('shellcheck', ['--version']).error)('its text is good shell', () => {
  const options = ['--shell=bash', '--severity=warning', '-'];
  const { stdout } = spawnSync('shellcheck', options, { input: helperText, encoding: 'utf8' });
  expect(stdout).toBe('');
});
