import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ContainerRack, containersDown, loadContainers } from '../../lab/index.ts';
import { codeOf } from '../../model/index.ts';
import { createBmcQueue, createPower, type PowerDriver } from '../../power/index.ts';
import { connect, generateKeyPair, type Host, readBootId, type Shell, shell } from '../../remote/index.ts';
import { containerRack, type RackOfContainers } from '../fixtures/container-rack.ts';
import { keptSecrets } from '../power/kept-secrets.ts';

let machines: RackOfContainers;
let rack: ContainerRack;
beforeAll(async () => {
  // The name of one begins like the name of the other.
  machines = await containerRack(['one', { name: 'one-b', memoryMiB: 256 }]);
  rack = machines.rack;
}, 600_000);
afterAll(() => machines?.close());

async function on<T>(name: string, work: (host: Host) => Promise<T>): Promise<T> {
  const host = await connect(machines.target(name));
  try {
    return await work(host);
  } finally {
    host.close();
  }
}
const run = (name: string, command: Shell) => on(name, (host) => host.run(command));
const bootId = (name: string) => on(name, readBootId);
/** Once it is another one: the machine has booted since. */
const nextBootId = (name: string, last: string) =>
  expect.poll(() => bootId(name).catch(() => last), { timeout: 60_000 }).not.toBe(last);

function webhook(name: string, token = rack.powerToken): PowerDriver {
  const { powerUrl } = rack.machines.find((machine) => machine.name === name) ?? { powerUrl: '' };
  const power = createPower({
    queue: createBmcQueue(),
    secrets: keptSecrets({ 's/token': token }),
    timing: { confirmMs: 20_000, pollMs: 50 },
    outbound: { allowedNetworks: [`${rack.hostAddress}/32`] },
  });
  return power.driverFor(
    {
      driver: 'webhook',
      onUrl: `${powerUrl}/on`,
      offUrl: `${powerUrl}/off`,
      queryUrl: `${powerUrl}/status`,
      allowPlainHttp: true,
      secret: 's',
    },
    { name, firmware: 'uefi', identity: { serial: name } },
  );
}

/** What a rack could leave behind, looked for without the lab's own code. */
async function leftovers({ name, directory, hostAddress }: ContainerRack): Promise<readonly string[]> {
  const found: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    // A zombie holds nothing; that init has not yet asked for it is no leftover.
    if (/\) Z /.test(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''))) continue;
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const groups = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
    if (`${line}${groups}`.includes(name)) found.push(`process ${line.replaceAll('\0', ' ')}`);
  }
  const seen = async (command: string, ...args: readonly string[]) =>
    (await execa(command, args, { reject: false })).stdout.split('\n');
  const places = [
    ...(await seen('find', '/sys/fs/cgroup', '-name', `*${name}*`)),
    ...(await seen('find', '/run/systemd/nspawn', '-name', `*${name}*`)),
    ...(await seen('ip', 'netns', 'list')),
    ...(await readFile('/proc/mounts', 'utf8')).split('\n'),
    ...(await readdir(dirname(directory))),
  ].filter((line) => line.includes(name));
  const links = (await seen('ip', '-oneline', 'address')).filter((line) => line.includes(` ${hostAddress}/`));
  const loops = (await seen('losetup', '--list')).filter((line) => line.includes(`${name}.img`));
  return [...found, ...places, ...links, ...loops];
}

const servicePid = async () =>
  Number((await readFile(join(rack.directory, 'service.pid'), 'utf8')).split(' ')[0]);
async function nspawns(): Promise<readonly number[]> {
  const { stdout } = await execa('pgrep', ['-f', `^systemd-nspawn .*--machine=[^ ]*${rack.name}`], {
    reject: false,
  });
  return stdout.split('\n').filter(Boolean).map(Number);
}

describe('container machines', () => {
  test('are Debian machines of their own, up side by side without a failed unit', async () => {
    for (const name of ['one', 'one-b']) {
      const { stdout } = await run(
        name,
        shell`systemctl is-system-running --wait; hostname; . /etc/os-release; echo "$ID/$VERSION_ID"; cat /etc/ssh/ssh_host_ed25519_key.pub`,
      );
      const machine = rack.machines.find((each) => each.name === name);
      expect(stdout.trim().split('\n')).toEqual([
        'running',
        name,
        machine?.image,
        ...(machine?.hostKeys ?? []),
      ]);
    }
    const ids = await Promise.all(['one', 'one-b'].map((name) => run(name, shell`cat /etc/machine-id`)));
    expect(new Set(ids.map(({ stdout }) => stdout)).size).toBe(2);
    expect(await bootId('one')).not.toBe(await bootId('one-b'));
  });

  test('let in who holds the key, and nobody else', async () => {
    const stranger = { ...machines.target('one'), privateKey: generateKeyPair('').privateKey };
    expect(await connect(stranger).catch(codeOf)).toBe('SSH_LOGIN_REFUSED');
  });

  test('have what layers need: loop devices, tun, fuse, control groups to write; no /dev/kvm', async () => {
    const { stdout, exitCode } = await run(
      'one',
      shell`for file in /dev/loop-control /dev/loop7 /dev/net/tun /dev/fuse; do test -e "$file"; done; test ! -e /dev/kvm
group=$(find /sys/fs/cgroup -maxdepth 1 -name memory); mkdir "\${group:-/sys/fs/cgroup}/inner"; rmdir "\${group:-/sys/fs/cgroup}/inner"; echo all`,
    );
    expect([exitCode, stdout]).toEqual([0, 'all\n']);
  });

  test('reach each other, the host and its packages, and nothing outside', async () => {
    const [, two] = rack.machines;
    const reach = await run('one', shell`ping -c 1 -W 5 ${two?.address ?? ''} >&2; ip route show default`);
    expect(reach).toMatchObject({ exitCode: 0, stdout: '' });
    const update = shell`apt-get -o ${`Acquire::http::Proxy=${rack.packageProxy}`} -o APT::Update::Error-Mode=any update`;
    const updated = await run('one', update);
    expect(updated.exitCode, updated.stderr).toBe(0);
    expect((await run('one', shell`apt-cache policy nginx`)).stdout).toContain('Candidate: 1.');
    const elsewhere = await run(
      'one',
      shell`curl --silent --max-time 5 --proxy ${rack.packageProxy} http://example.org/`,
    );
    expect(elsewhere.stdout).toContain('example.org is no package archive of this host');
  });

  test('have no more memory than they were given', async () => {
    const { exitCode } = await run('one-b', shell`head -c 600M /dev/zero | tail -n 1 >/dev/null`);
    expect(exitCode).toBe(137);
    expect((await run('one', shell`head -c 600M /dev/zero | tail -n 1 >/dev/null`)).exitCode).toBe(0);
  });

  test('come back from a reboot as another boot of the same machine', async () => {
    const before = await bootId('one');
    const neighbour = await bootId('one-b');
    const { stdout: id } = await run('one', shell`cat /etc/machine-id`);
    await run('one', shell`systemd-run --on-active=0 --timer-property=AccuracySec=1ms systemctl reboot`);
    await nextBootId('one', before);
    expect(await bootId('one-b')).toBe(neighbour);
    expect((await run('one', shell`cat /etc/machine-id`)).stdout).toBe(id);
    const { stdout } = await run('one', shell`systemctl is-system-running --wait`);
    expect(stdout.trim()).toBe('running');
  });

  test('are switched by the power driver', async () => {
    const driver = webhook('one-b');
    const before = await bootId('one-b');
    expect(await driver.query()).toBe('on');
    expect(await driver.on()).toEqual({ kind: 'done', sent: false });
    expect(await driver.off()).toEqual({ kind: 'done', sent: true });
    expect(await driver.query()).toBe('off');
    expect(await connect(machines.target('one-b'), { timeoutMs: 5_000 }).catch(codeOf)).toBe(
      'SSH_UNREACHABLE',
    );
    expect(await driver.on()).toEqual({ kind: 'done', sent: true });
    await nextBootId('one-b', before);
    const second = await bootId('one-b');
    await driver.cycle();
    await nextBootId('one-b', second);
    expect(await webhook('one').query()).toBe('on');
  });

  test('stay off when they switch themselves off', async () => {
    const before = await bootId('one-b');
    await run('one-b', shell`systemd-run --on-active=0 --timer-property=AccuracySec=1ms systemctl poweroff`);
    const driver = webhook('one-b');
    await expect.poll(() => driver.query(), { timeout: 20_000 }).toBe('off');
    await driver.on();
    await nextBootId('one-b', before);
  });

  test('are not switched without the token', async () => {
    expect(await webhook('one', 'guessed').off().catch(codeOf)).toBe('BMC_LOGIN_REFUSED');
    const { powerUrl } = rack.machines[0] ?? { powerUrl: '' };
    expect((await fetch(`${powerUrl}/off`, { method: 'POST' })).status).toBe(401);
    expect(await webhook('one').query()).toBe('on');
    expect(await readFile(join(rack.directory, 'rack.json'), 'utf8')).not.toContain(rack.powerToken);
    expect(await loadContainers(rack.name, dirname(dirname(rack.directory)))).toEqual(rack);
  });

  test('are completed, not disturbed, by a second up', async () => {
    const before = await bootId('one');
    await webhook('one-b').off();
    expect(await machines.up()).toEqual(rack);
    expect(await webhook('one-b').query()).toBe('on');
    expect(await bootId('one')).toBe(before);
  });

  test('go down with a service that is killed, and come up again', async () => {
    const before = await bootId('one');
    process.kill(await servicePid(), 'SIGKILL');
    await machines.up();
    await nextBootId('one', before);
    expect(await webhook('one').query()).toBe('on');
    expect(await nspawns()).toHaveLength(2);
  });
});

describe('taking a rack of containers down', () => {
  const down = () => containersDown(rack.name, dirname(dirname(rack.directory)));

  test('leaves nothing after everything in it was killed', async () => {
    const image = `/var/${rack.name}.img`;
    const attached = await run('one', shell`truncate -s 1M ${image}; losetup --find --show ${image}`);
    expect(attached.stdout).toMatch(/^\/dev\/loop/);
    expect((await leftovers(rack)).filter((line) => line.includes(basename(image)))).toHaveLength(1);
    for (const pid of [await servicePid(), ...(await nspawns())]) process.kill(pid, 'SIGKILL');
    await down();
    expect(await leftovers(rack)).toEqual([]);
  });

  test('leaves nothing of a rack that runs, and may be said twice', async () => {
    await machines.up();
    expect(await leftovers(rack)).not.toEqual([]);
    await down();
    await down();
    expect(await leftovers(rack)).toEqual([]);
  });
});
