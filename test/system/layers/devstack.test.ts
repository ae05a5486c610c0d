import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Shell, shell } from '../../../remote/index.ts';
import { changesOf, type LayerBench, layerBench } from '../../fixtures/layer-bench.ts';
import { startMirror, type TestMirror } from '../../fixtures/mirror.ts';
import { standIn } from '../../fixtures/stand-ins/read.ts';

/** With a stand-in for DevStack: see test/fixtures/stand-ins/devstack/README.md. */
let bench: LayerBench;
let mirror: TestMirror;
let commit = '';
beforeAll(async () => {
  bench = await layerBench(['m1']);
  mirror = await startMirror(bench.rack.hostAddress);
  const scripts = await standIn('devstack', ['stack.sh', 'unstack.sh', 'clean.sh', 'openrc', 'functions']);
  const branches = { 'stable/2026.1': scripts, master: scripts };
  const commits = await mirror.git('https://opendev.org/openstack/devstack', branches);
  commit = commits.get('stable/2026.1') ?? '';
  await mirror.git('https://opendev.org/openstack/cloud.git', {
    master: await standIn('devstack', ['cloud.py', 'openstack']),
  });
  const cirros = 'https://github.com/cirros-dev/cirros/releases/download/0.6.3/cirros-0.6.3-x86_64-disk.img';
  await mirror.file(cirros, 'an image');
}, 600_000);
afterAll(async () => {
  await bench?.close();
  await mirror?.close();
});

const said = async (command: Shell) => (await bench.run('m1', command)).stdout.trim();
const lay = (more = {}) => bench.lay('m1', 'devstack', { parameters: { mirror: mirror.url, ...more } });
const logOf = async (operationId: string, step: string) =>
  (await bench.plane.store.operations.log(operationId, `devstack: ${step}`))
    .map(({ line }) => line)
    .join('\n');

test('laid, used, laid again without a change, changed, taken away', async () => {
  const packages = shell`dpkg-query -W -f '\${binary:Package}\\n'`;
  const before = await said(packages);
  const laid = await lay();
  expect(laid.failure).toBeUndefined();
  expect(await said(shell`stat -c '%U %a' /opt/stack/devstack/local.conf`)).toBe('stack 600');
  expect(await said(shell`systemctl is-active devstack@cloud`)).toBe('active');

  const log = await logOf(laid.id, 'run stack.sh');
  expect(log).toContain('stage: images');
  const password = await said(shell`cat /var/lib/rackwright/secrets/devstack/admin-password`);
  expect(password).toMatch(/^[A-Za-z0-9]{32}$/);
  expect(log).toContain('The password: (admin-password)');
  expect(log).not.toContain(password);
  const used = await logOf(laid.id, 'verify a server is booted and reached');
  expect(used).toMatch(/172\.24\.4\.\d+ answers/);
  expect(await said(shell`grep -c rackwright-verify /opt/stack/data/state.json || :`)).toBe('0');

  const again = await lay();
  expect(again.failure).toBeUndefined();
  expect(changesOf(again)).toEqual([]);

  const changed = await lay({ services: 'heat,-horizon' });
  expect(changed.failure).toBeUndefined();
  expect(changesOf(changed)).toEqual(['devstack: write local.conf', 'devstack: run stack.sh']);
  expect(await said(shell`systemctl show -P ExecStart devstack@cloud`)).toContain('placement-api,heat ');

  const removed = await bench.remove('m1', 'devstack');
  expect(removed.failure).toBeUndefined();
  expect(
    await said(
      shell`ls -d /opt/stack /etc/systemd/system/devstack@* /var/lib/rackwright/devstack 2>/dev/null; ls /etc/sudoers.d | grep stack; getent passwd stack; ip netns list; find /usr/local/bin -type l`,
    ),
  ).toBe('');
  expect(await said(packages)).toBe(before);
  expect(changesOf(await bench.remove('m1', 'devstack'))).toEqual([]);
}, 600_000);

/** Sourced in the middle of stack.sh. */
const hook = (command: Shell) => said(shell`printf '%s\n' ${command.text} >/run/stand-in-hook`);

test('stack.sh fails for a passing reason, and is run again after its rest was taken away', async () => {
  await hook(
    shell`if [ ! -e /var/tmp/once ]; then sudo touch /var/tmp/once; die 7 'Connection timed out'; fi`,
  );
  // The mirror is away at first: asked once, and twice again by apt.
  mirror.faults.order('/opendev.org/openstack/devstack/info/refs', { kind: 'unavailable', times: 3 });
  expect((await lay()).failure?.code).toBe('MIRROR_UNREACHABLE');
  // And a part of the repository once more when it is fetched.
  mirror.faults.order(`/opendev.org/openstack/devstack/objects/${commit.slice(0, 2)}/${commit.slice(2)}`, {
    kind: 'unavailable',
    times: 1,
  });
  const laid = await lay();
  expect(laid.failure).toBeUndefined();
  expect(await logOf(laid.id, 'fetch devstack')).toContain('The requested URL returned error: 503');
  const log = await logOf(laid.id, 'run stack.sh');
  expect(log.match(/^[0-9:]+ stage: prerequisites$/gm)).toHaveLength(2);
  expect(log.match(/what it made is taken away first/g)).toHaveLength(1);
  await bench.remove('m1', 'devstack');
}, 600_000);

test('stack.sh fails for good, says why, and ends well when the reason is gone', async () => {
  await hook(shell`die 7 'no space for the volume group'`);
  const failed = await lay();
  expect(failed.failure?.code).toBe('LAYER_STEP_FAILED');
  expect(failed.failure?.message).toContain(
    'stack.sh ended with status 1: /opt/stack/devstack/stack.sh:7 no space for the volume group',
  );
  expect(await said(shell`ls /var/lib/rackwright/devstack/done 2>/dev/null || :`)).toBe('');
  await hook(shell`echo "$ADMIN_PASSWORD is wrong"; false`);
  const worse = await lay();
  expect(worse.failure?.message).toContain('stack.sh ended with status 1: (admin-password) is wrong');
  // What a command said counts, and not what came after it.
  await hook(shell`echo 0 | sudo tee /proc/version`);
  expect((await lay()).failure?.message).toContain('with status 1: tee: /proc/version: ');
  await hook(shell`:`);
  const laid = await lay();
  expect(laid.failure).toBeUndefined();
  expect(changesOf(laid)).toEqual(['devstack: run stack.sh']);
}, 600_000);

test('the machine starts anew in the middle of stack.sh, which is run again and ends well', async () => {
  await hook(shell`echo 'the hook waits'; sleep infinity`);
  const { operationId } = await bench.ask('m1', {
    layer: 'devstack',
    parameters: { mirror: mirror.url, branch: 'master' },
  });
  await vi.waitFor(async () => expect(await logOf(operationId, 'run stack.sh')).toContain('the hook waits'), {
    timeout: 400_000,
    interval: 300,
  });
  const boot = await said(shell`cat /proc/sys/kernel/random/boot_id`);
  // Its answer may be lost with the machine.
  await bench.run('m1', shell`systemctl reboot`).catch(() => undefined);
  const laid = await bench.ended(operationId);
  expect(laid.failure).toBeUndefined();
  expect(await said(shell`cat /proc/sys/kernel/random/boot_id`)).not.toBe(boot);
  expect(await logOf(operationId, 'run stack.sh')).toContain('what it made is taken away first');
  expect(
    await said(shell`git -c safe.directory='*' -C /opt/stack/devstack rev-parse --abbrev-ref HEAD`),
  ).toBe('master');

  // After another start its service is down for a reason of its own, and is started; stack.sh is not run for that.
  await said(shell`systemctl stop devstack@cloud`);
  const again = await bench.lay('m1', 'devstack', { parameters: { mirror: mirror.url, branch: 'master' } });
  expect(changesOf(again)).toEqual(['devstack: start its services']);
  expect((await bench.remove('m1', 'devstack')).failure).toBeUndefined();
}, 600_000);

test('a run offline before any other is refused before anything is changed', async () => {
  const refused = await lay({ offline: true });
  expect(refused.failure?.code).toBe('LAYER_UNSUPPORTED');
  expect(refused.failure?.message).toContain('must have ended well here once');
  expect(await said(shell`getent passwd stack || :`)).toBe('');
}, 200_000);
