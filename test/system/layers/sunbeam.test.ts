import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { LayingRequest, Operation } from '../../../model/index.ts';
import { type Shell, shell } from '../../../remote/index.ts';
import { CONTROL_QUEUE, layingQuery, layingWorkflowId } from '../../../workflows/messages.ts';
import { anythingServer } from '../../fixtures/anything-server.ts';
import { changesOf, type LayerBench, layerBench, succeededOn } from '../../fixtures/layer-bench.ts';
import { startMirror, type TestMirror } from '../../fixtures/mirror.ts';
import { snapArchive } from '../../fixtures/stand-ins/snap-packages.ts';

/** With the stand-in of `test/fixtures/stand-ins/sunbeam/`, on machines with Debian that are told to be Ubuntu. */
let bench: LayerBench;
let mirror: TestMirror;
let stores: { close(): Promise<void> } | undefined;
let disk: string;
let before: Readonly<Record<string, readonly string[]>>;
const roles = [
  ['compute', 'm1'],
  ['first', 'm2'],
] as const;
const names = ['m1', 'm2'] as const;

/** What a machine has that a layer could leave behind. */
const look = shell`dpkg-query -W -f '\${db:Status-Status} \${Package}\\n' | sed -n 's/^installed //p'
cut -d : -f 1 /etc/passwd /etc/group
cat /etc/hosts
find /etc/sudoers.d /etc/systemd/system /home /root /usr/local /var/lib/rackwright -path /root/.cache -prune -o -path /var/lib/rackwright/jobs -prune -o -print
ls -d /var/lib/* /var/snap /snap 2>/dev/null
ip netns list
systemctl list-units --plain --no-legend --state=failed`;

const said = async (name: string, command: Shell) => {
  const { stdout, stderr } = await bench.run(name, command);
  return `${stdout}${stderr}`.trim();
};
const lines = async (name: string) => (await said(name, look)).split('\n');

beforeAll(async () => {
  bench = await layerBench(names, { system: 'ubuntu/24.04' });
  mirror = await startMirror(bench.rack.hostAddress);
  await mirror.apt(await snapArchive('https://snaps.example/ubuntu'));
  for (const name of names) {
    await said(
      name,
      shell`echo 'deb [trusted=yes] '${mirror.url}'/snaps.example/ubuntu noble main' >/etc/apt/sources.list.d/stand-in.list
echo 'Acquire::https { Proxy "DIRECT"; Verify-Peer "false"; Verify-Host "false"; };' >/etc/apt/apt.conf.d/99stand-in
ip link add ext0 type bridge`,
    );
  }
  disk = await said('m2', shell`truncate -s 64M /var/tmp/disk; losetup --find --show /var/tmp/disk`);
  before = { m1: await lines('m1'), m2: await lines('m2') };
}, 600_000);
afterAll(async () => {
  if (disk) await said('m2', shell`losetup --detach ${disk}`);
  await stores?.close();
  await mirror?.close();
  await bench?.close();
});

const parameters = () => ({
  osdDevices: disk,
  domain: 'cloud.example',
  apiRange: '10.84.0.220-10.84.0.230',
  externalInterface: 'ext0',
  externalCidr: '203.0.113.0/24',
  externalGateway: '203.0.113.1',
  externalRange: '203.0.113.100-203.0.113.199',
  undersized: true,
});
type More = Readonly<Record<string, string | boolean | undefined>>;
const lay = (name: string, more: More = {}, places: readonly (readonly [string, string])[] = roles) =>
  bench.lay(name, 'sunbeam', {
    parameters: Object.fromEntries(
      Object.entries({ ...parameters(), ...more }).filter(([, value]) => value !== undefined),
    ) as Record<string, string | boolean>,
    role: name === 'm1' ? 'compute' : 'first',
    members: bench.members(places),
    only: 'lay',
  });
const logOf = async (operationId: string, step: string) =>
  (await bench.plane.store.operations.log(operationId, `sunbeam: ${step}`))
    .map(({ line }) => line)
    .join('\n');
const cluster = () => said('m2', shell`cat /var/snap/openstack/common/cluster.json`);
/** Before each step of Sunbeam on that machine. */
const hook = (name: string, command: Shell) =>
  said(name, shell`printf '%s\n' ${command.text} >/run/stand-in-hook`);

const succeeded = (operation: Operation) => succeededOn(bench, operation);

test('what cannot be laid is refused before anything is changed', async () => {
  const refused = async (more: More, code: string, words: string) => {
    const { failure } = await lay('m2', more);
    expect(failure?.code).toBe(code);
    expect(failure?.message).toContain(words);
  };
  await refused({ osdDevices: undefined }, 'LAYER_UNMET', 'osdDevices');
  await refused({ apiRange: undefined }, 'LAYER_UNMET', 'apiRange');
  await refused(
    { domain: undefined },
    'LAYER_UNMET',
    'it is called m2, and Sunbeam wants a name with a domain',
  );
  await refused({ undersized: false }, 'MACHINE_TOO_SMALL', 'processors');
  await refused({ osdDevices: '/dev/nothing' }, 'LAYER_UNMET', 'it has no disk /dev/nothing');
  await said('m2', shell`mkswap ${disk}`);
  await refused({}, 'LAYER_UNMET', `${disk} holds swap, which would be lost`);
  await said('m2', shell`wipefs -q -a ${disk}; ip address add 203.0.113.7/24 dev ext0`);
  await refused({}, 'LAYER_UNMET', 'ext0 has the address 203.0.113.7/24, which it would lose');
  await said('m2', shell`ip address flush dev ext0`);
  await refused({ externalInterface: 'ext9' }, 'LAYER_UNMET', 'it has no card ext9');
  await refused({}, 'MIRROR_UNREACHABLE', 'https://api.snapcraft.io/ is not reached');
  expect(await lines('m2')).toEqual(before['m2']);
}, 600_000);

test('machines are made ready, the first one begins the cloud, takes the other in, and uses it', async () => {
  stores = await anythingServer(bench.rack.hostAddress);
  for (const name of names) {
    await said(name, shell`echo ${bench.rack.hostAddress} api.snapcraft.io api.charmhub.io >>/etc/hosts`);
  }
  before = { m1: await lines('m1'), m2: await lines('m2') };
  const request = {
    layer: 'sunbeam',
    parameters: parameters(),
    places: bench.members(roles),
    roles: ['compute', 'storage', 'control', 'first'],
    verifier: 'first',
    limit: 2,
  } satisfies LayingRequest;
  const handle = await bench.plane.client.workflow.start('applyLayers', {
    taskQueue: CONTROL_QUEUE,
    workflowId: layingWorkflowId(randomUUID()),
    args: [request],
  });
  const failed = await handle.result().then(
    () => false,
    () => true,
  );
  const { machines } = await handle.query(layingQuery);
  for (const { operationId = '' } of machines) {
    const operation = await bench.plane.store.operations.get(operationId);
    if (operation) await succeeded(operation);
  }
  expect(failed).toBe(false);
  for (const { name, startedAt, endedAt } of (
    await bench.plane.store.operations.ofMachine('m-m2', 2)
  ).flatMap(({ steps }) => steps))
    console.log(name, startedAt && endedAt ? Date.parse(endedAt) - Date.parse(startedAt) : '', 'ms');

  const state = JSON.parse(await cluster());
  expect(state.nodes).toMatchObject([
    { name: 'm2.cloud.example', roles: ['control', 'compute', 'storage'], up: true },
    { name: 'm1.cloud.example', roles: ['compute'], up: true },
  ]);
  expect(state.config).toMatchObject({
    'k8s-addons': { loadbalancer: '10.84.0.220-10.84.0.230' },
    'external-networks': { physnet1: { nics: { 'm1.cloud.example': 'ext0', 'm2.cloud.example': 'ext0' } } },
    microceph_config: { 'm2.cloud.example': { osd_devices: [disk] } },
  });
  expect(state.config.bootstrap.management_cidr).toMatch(/^10\.\d+\.\d+\.0\/24$/);
  const [verified, laid] = await bench.plane.store.operations.ofMachine('m-m2', 2);
  expect(await logOf(laid?.id ?? '', 'bootstrap the cloud')).toContain(
    'step: Deploying OpenStack Control Plane',
  );
  const used = await logOf(verified?.id ?? '', 'verify a server is booted and reached');
  expect(used).toMatch(/172\.24\.4\.\d+ answers[\s\S]*all of it is removed/);
}, 900_000);

test('nobody sees the token, the password, or what the key is made of', async () => {
  const seed = await said('m2', shell`cat /var/lib/rackwright/secrets/sunbeam/seed`);
  expect(seed).toMatch(/^[A-Za-z0-9]{32}$/);
  const password = await said('m2', shell`cat /var/snap/openstack/common/cloud/password`);
  // Upstream's own log has it, where only that user may read.
  const token = await said(
    'm1',
    shell`sed -n 's/.*with token: //p' /home/ubuntu/snap/openstack/common/logs/*.log | tail -n 1`,
  );
  expect(token).toMatch(/^[A-Za-z0-9+/=]{100,}$/);
  for (const name of names)
    for (const { id, steps } of await bench.plane.store.operations.ofMachine(`m-${name}`, 20))
      for (const step of steps) {
        const log = JSON.stringify(await bench.plane.store.operations.log(id, step.name));
        for (const secret of [seed, password, token, 'the-demo-password']) expect(log).not.toContain(secret);
      }
  const [, laid] = await bench.plane.store.operations.ofMachine('m-m2', 2);
  expect(await logOf(laid?.id ?? '', 'join m1')).toContain('the token was (token)');
  expect(await said('m1', shell`ls -A /home/ubuntu | grep token || :`)).toBe('');
}, 120_000);

test('laid again: nothing changes', async () => {
  for (const name of names) expect(changesOf(await succeeded(await lay(name)))).toEqual([]);
}, 300_000);

/** As if it had never joined. */
const forgetMember = () =>
  said(
    'm2',
    shell`rm /var/lib/rackwright/sunbeam/members/*
runuser -u ubuntu -- sg snap_daemon -c 'HOME=/home/ubuntu /snap/bin/sunbeam cluster remove m1.cloud.example'`,
  );

test('a join that is killed in the middle is told, and goes on when it is asked for again', async () => {
  await forgetMember();
  await hook('m1', shell`if [ "$STEP" = 'Deploying OpenStack Hypervisor' ]; then kill -KILL $PPID; fi`);
  const cut = await lay('m2');
  expect(cut.failure?.code).toBe('LAYER_STEP_FAILED');
  expect(await cluster()).toContain('"hypervisor-plan": true');
  await hook('m1', shell`:`);
  const anew = await succeeded(await lay('m2'));
  expect(changesOf(anew)).toEqual(['sunbeam: join m1']);
  expect(await logOf(anew.id, 'join m1')).toContain('unlocking hypervisor-plan');
  expect(await cluster()).not.toContain('"up": false');
}, 600_000);

test('the machine that joins starts anew in the middle, and joins all the same', async () => {
  await forgetMember();
  await hook('m1', shell`if [ "$STEP" = 'Deploying OpenStack Hypervisor' ]; then sleep infinity; fi`);
  const { operationId } = await bench.ask('m2', {
    layer: 'sunbeam',
    parameters: parameters(),
    role: 'first',
    members: bench.members(roles),
    only: 'lay',
  });
  await vi.waitFor(
    async () => expect(await logOf(operationId, 'join m1')).toContain('step: Deploying OpenStack Hypervisor'),
    { timeout: 300_000, interval: 300 },
  );
  await bench.run('m1', shell`systemctl reboot`).catch(() => undefined);
  const laid = await succeeded(await bench.ended(operationId));
  expect(changesOf(laid)).toEqual(['sunbeam: join m1']);
  expect(await cluster()).not.toContain('"up": false');
  await said('m1', shell`ip link show ext0 >/dev/null 2>&1 || ip link add ext0 type bridge`);
}, 900_000);

test('a machine of a living cloud is not cleared; one that was taken out is', async () => {
  const refused = await bench.remove('m1', 'sunbeam');
  expect(refused.failure?.message).toContain('this machine is part of the cloud of m2');
  await said(
    'm2',
    shell`runuser -u ubuntu -- sg snap_daemon -c 'HOME=/home/ubuntu /snap/bin/sunbeam cluster remove m1.cloud.example'`,
  );
  const alone = await succeeded(await lay('m2', {}, [['first', 'm2']]));
  expect(await logOf(alone.id, 'let go of machines')).toContain('may be cleared');
  await succeeded(await bench.remove('m1', 'sunbeam'));
}, 600_000);

test('taken away: nothing is left', async () => {
  await succeeded(await bench.remove('m2', 'sunbeam'));
  for (const name of names) {
    const own = /^\/var\/lib\/rackwright(\/(brought|secrets|package-lists))?$/;
    const left = (await lines(name)).filter((line) => !before[name]?.includes(line) && !own.test(line));
    expect(left).toEqual([]);
  }
  expect(changesOf(await bench.remove('m2', 'sunbeam'))).toEqual([]);
}, 600_000);
