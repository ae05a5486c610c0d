import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Shell, shell } from '../../../remote/index.ts';
import { changesOf, type LayerBench, layerBench } from '../../fixtures/layer-bench.ts';
import { startMirror, type TestMirror } from '../../fixtures/mirror.ts';
import { standIn } from '../../fixtures/stand-ins/read.ts';

/** With a stand-in for DevStack: see test/fixtures/stand-ins/devstack/README.md. */
let bench: LayerBench;
let mirror: TestMirror;
beforeAll(async () => {
  bench = await layerBench(['m1']);
  mirror = await startMirror(bench.rack.hostAddress);
  const scripts = await standIn('devstack', ['stack.sh', 'unstack.sh', 'clean.sh', 'openrc', 'functions']);
  await mirror.git('https://opendev.org/openstack/devstack', { 'stable/2026.1': scripts, master: scripts });
  await mirror.git('https://opendev.org/openstack/cloud.git', {
    master: await standIn('devstack', ['cloud.py', 'openstack']),
  });
  const cirros = 'https://github.com/cirros-dev/cirros/releases/download/0.6.3/cirros-0.6.3-x86_64-disk.img';
  await mirror.file(cirros, 'an image');
}, 300_000);
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
}, 400_000);
