import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startMirror, type TestMirror } from '../fixtures/mirror.ts';

/** With the programs that layers use: git, apt-get and gpg of this host, each with a configuration of its own. */
let mirror: TestMirror;
let scratch = '';
beforeEach(async () => {
  mirror = await startMirror('127.0.0.1');
  scratch = await mkdtemp(join(tmpdir(), 'rw-mirror-test-'));
});
afterEach(async () => {
  await mirror.close();
  await rm(scratch, { recursive: true });
});

describe('git', () => {
  const url = 'https://opendev.example/openstack/devstack';
  const clone = (branch: string, to: string) =>
    execa(
      'git',
      ['clone', '-q', '--branch', branch, `${mirror.url}/opendev.example/openstack/devstack`, to],
      {
        cwd: scratch,
        env: { GIT_CONFIG_GLOBAL: '/dev/null', http_proxy: '' },
        reject: false,
      },
    );

  test('clones a branch, with modes, and pulls what came after', async () => {
    const first = await mirror.git(url, {
      master: { README: 'm' },
      'stable/2026.1': { 'stack.sh': { content: '#!/bin/sh\necho one\n', mode: 0o755 } },
    });
    expect((await clone('stable/2026.1', 'a')).stderr).toBe('');
    const in_ = { cwd: join(scratch, 'a') };
    expect((await execa('./stack.sh', in_)).stdout).toBe('one');
    expect((await execa('git', ['rev-parse', 'HEAD'], in_)).stdout).toBe(first.get('stable/2026.1'));
    const second = await mirror.git(url, { 'stable/2026.1': { 'stack.sh': 'echo two\n' } });
    await execa('git', ['pull', '-q', '--ff-only'], { ...in_, env: { http_proxy: '' } });
    expect((await execa('git', ['rev-parse', 'HEAD'], in_)).stdout).toBe(second.get('stable/2026.1'));
    expect((await execa('git', ['rev-parse', 'origin/master'], in_)).stdout).toBe(first.get('master'));
  });

  test('a mirror that is not there is said as git says it', async () => {
    await mirror.git(url, { master: { README: 'm' } });
    mirror.faults.order('/opendev.example/openstack/devstack/info/refs', { kind: 'unavailable', times: 1 });
    expect((await clone('master', 'a')).stderr).toContain('The requested URL returned error: 503');
    expect((await clone('master', 'a')).exitCode).toBe(0);
  });
});

describe('apt', () => {
  const archive = {
    url: 'https://apt.example/debian',
    suite: 'bookworm',
    component: 'main',
    keyUrl: 'https://apt.example/key.asc',
    packages: [{ name: 'rw-hello', version: '1:1.0-1', files: { 'usr/share/rw-hello/text': 'hello\n' } }],
  };

  async function apt(...words: readonly string[]) {
    const options = {
      'Dir::State': join(scratch, 'state'),
      'Dir::State::status': '/dev/null',
      'Dir::Cache': join(scratch, 'cache'),
      'Dir::Etc': join(scratch, 'etc'),
      'Acquire::http::Proxy': 'DIRECT',
      'Acquire::Retries': '0',
      'APT::Architecture': 'amd64',
      'APT::Sandbox::User': 'root',
    };
    for (const folder of ['state/lists/partial', 'cache/archives/partial', 'etc'])
      await mkdir(join(scratch, folder), { recursive: true });
    await writeFile(join(scratch, 'none'), '');
    const set = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    return execa('apt-get', [...set, ...words], {
      cwd: scratch,
      reject: false,
      env: { APT_CONFIG: join(scratch, 'none') },
    });
  }

  async function source(key: string, line: string) {
    await mkdir(join(scratch, 'etc'), { recursive: true });
    await writeFile(join(scratch, 'key.asc'), key);
    await writeFile(join(scratch, 'etc/sources.list'), `deb [signed-by=${scratch}/key.asc] ${line}\n`);
  }

  test.each([
    ['with suites', archive, (url: string) => `${url}/apt.example/debian bookworm main`],
    [
      'flat',
      { ...archive, suite: './', component: undefined },
      (url: string) => `${url}/apt.example/debian ./`,
    ],
  ])('a signed archive, %s', async (_, { component, ...rest }, line) => {
    const fingerprint = await mirror.apt({ ...rest, ...(component !== undefined && { component }) });
    const key = await (await fetch(`${mirror.url}/apt.example/key.asc`)).text();
    await source(key, line(mirror.url));
    const shown = await execa('gpg', ['--homedir', scratch, '--show-keys', '--with-colons'], { input: key });
    expect(shown.stdout).toContain(`fpr:::::::::${fingerprint}:`);
    expect(await apt('update')).toMatchObject({ exitCode: 0, stderr: '' });
    const path = line(mirror.url).endsWith('./')
      ? '/apt.example/debian/rw-hello_1.0-1_all.deb'
      : '/apt.example/debian/pool/main/rw-hello_1.0-1_all.deb';
    mirror.faults.order(path, { kind: 'altered', times: 1 });
    expect((await apt('download', 'rw-hello')).stderr).toContain('Hash Sum mismatch');
    expect(await apt('download', 'rw-hello')).toMatchObject({ exitCode: 0 });
    await execa('dpkg-deb', ['-x', 'rw-hello_1%3a1.0-1_all.deb', 'out'], { cwd: scratch });
    expect(await readFile(join(scratch, 'out/usr/share/rw-hello/text'), 'utf8')).toBe('hello\n');
  });

  test('an archive of another key is not believed', async () => {
    await mirror.apt(archive);
    const other = await startMirror('127.0.0.1');
    await other.apt(archive);
    await source(
      await (await fetch(`${other.url}/apt.example/key.asc`)).text(),
      `${mirror.url}/apt.example/debian bookworm main`,
    );
    expect((await apt('update')).stderr).toContain('NO_PUBKEY');
    await other.close();
  });
});
