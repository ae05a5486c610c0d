import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PASSWORD_FILE, STATE } from '../../install/paths.ts';
import { setTimezone } from '../../install/steps/timezone.ts';
import { keepPasswords, knowInside, makeUsers } from '../../install/steps/users.ts';
import { lines, shell } from '../../remote/index.ts';

/** Well-formed, and nobody's. */
const key = (fill: string) => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${fill.repeat(43)}`;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rw-users-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** With /etc and /home of its own, laid over ours, for as long as the script runs. */
async function inOwnSystem(script: string): Promise<string> {
  const overlay = ['etc', 'home'].map(
    (name) => `mkdir ${directory}/tmp/${name} ${directory}/tmp/${name}.work
mount -t overlay -o lowerdir=/${name},upperdir=${directory}/tmp/${name},workdir=${directory}/tmp/${name}.work overlay /${name}`,
  );
  const whole = `set -eu
mkdir ${directory}/tmp
mount -t tmpfs rackwright-test ${directory}/tmp
mount -t tmpfs rackwright-test /run
${overlay.join('\n')}
target=
${script}`;
  // By standard input, as on the machine: whatever is in it is in no process's arguments.
  const { stdout } = await execa('unshare', ['-m', 'sh'], { input: whole });
  return stdout;
}

test('users, their keys, groups, sudo, password and the time zone; twice is once', async () => {
  const hash = '$6$saltsalt$' + 'x'.repeat(86);
  const system = {
    hostname: 'node-1',
    rootLogin: false,
    packages: [],
    users: [
      {
        name: 'rw-anna',
        sshKeys: [key('B'), `${key('B')} again`, key('C')],
        sudo: true,
        groups: ['adm', 'users'],
      },
      { name: 'rw-bert', sshKeys: [], password: { sha256: '' } },
    ],
  };
  const steps = lines(
    shell`mkdir -p ${STATE}`,
    keepPasswords(system, { passwords: { 'rw-bert': hash } }),
    shell`stat -c '%a' ${PASSWORD_FILE}`,
    knowInside(),
    makeUsers(system),
    shell`[ ! -e ${PASSWORD_FILE} ]`,
    setTimezone('Europe/Berlin'),
  ).text;
  const look = lines(
    shell`id -nG rw-anna
stat -c '%a %U %n' /home/rw-anna/.ssh /home/rw-anna/.ssh/authorized_keys /etc/sudoers.d/90-rackwright-rw-anna
grep -c . /home/rw-anna/.ssh/authorized_keys
cat /etc/sudoers.d/90-rackwright-rw-anna
grep -h '^rw-' /etc/shadow | cut -d: -f1,2
ls /etc/sudoers.d
cat /etc/timezone
readlink /etc/localtime`,
  ).text;
  const said = await inOwnSystem(`${steps}\n${steps}\n${look}`);
  expect(said.split('\n').filter((line) => line !== 'README')).toEqual([
    '600',
    '600',
    'rw-anna adm users',
    '700 rw-anna /home/rw-anna/.ssh',
    '600 rw-anna /home/rw-anna/.ssh/authorized_keys',
    '440 root /etc/sudoers.d/90-rackwright-rw-anna',
    '2',
    'rw-anna ALL=(ALL) NOPASSWD:ALL',
    'rw-anna:*',
    `rw-bert:${hash}`,
    '90-rackwright-rw-anna',
    'Europe/Berlin',
    '/usr/share/zoneinfo/Europe/Berlin',
  ]);
});

test('a group that is not there is told', async () => {
  const users = [{ name: 'rw-anna', sshKeys: [key('B')], groups: ['rw-nobody'] }];
  const script = lines(
    knowInside(),
    makeUsers({ hostname: 'n', rootLogin: false, packages: [], users }),
  ).text;
  await expect(inOwnSystem(script)).rejects.toThrow(/rw-nobody.*does not exist/);
});
