import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LayingRequest, Operation } from '../../../model/index.ts';
import { type Shell, shell } from '../../../remote/index.ts';
import { CONTROL_QUEUE, layingQuery, layingWorkflowId } from '../../../workflows/messages.ts';
import { jujuArchive } from '../../fixtures/juju-archive.ts';
import { changesOf, type LayerBench, layerBench, succeededOn } from '../../fixtures/layer-bench.ts';
import { startMirror, type TestMirror } from '../../fixtures/mirror.ts';

/** With the stand-in of `test/fixtures/stand-ins/juju/`. */
let bench: LayerBench;
let mirror: TestMirror;
let sha256: string;
let before: Readonly<Record<string, readonly string[]>>;
const version = '3.6.11';
const roles = [
  ['machine', 'm1'],
  ['controller', 'm2'],
] as const;

/** What a machine has that a layer could leave behind. */
const look = shell`dpkg-query -W -f '\${db:Status-Status} \${Package}\\n' | sed -n 's/^installed //p'
cut -d : -f 1 /etc/passwd /etc/group
find /etc/sudoers.d /etc/systemd/system /home /root /usr/local/bin /usr/sbin /var/lib/rackwright -path /root/.cache -prune -o -path /var/lib/rackwright/jobs -prune -o -print
ls -d /var/lib/* /var/log/*
systemctl list-units --plain --no-legend --state=failed`;

beforeAll(async () => {
  bench = await layerBench(['m1', 'm2']);
  mirror = await startMirror(bench.rack.hostAddress);
  const file = `juju-${version}-linux-amd64.tar.xz`;
  sha256 = await mirror.file(
    `https://launchpad.net/juju/3.6/${version}/+download/${file}`,
    await jujuArchive(version),
  );
  before = { m1: await lines('m1'), m2: await lines('m2') };
}, 600_000);
afterAll(async () => {
  await mirror?.close();
  await bench?.close();
});

const said = async (name: string, command: Shell) => {
  const { stdout, stderr } = await bench.run(name, command);
  return `${stdout}${stderr}`.trim();
};
async function lines(name: string): Promise<readonly string[]> {
  return (await said(name, look)).split('\n');
}
const addressOf = (name: string) => bench.members([['', name]])[0]?.address ?? '';
const parameters = () => ({ version, sha256, base: 'any', mirror: mirror.url });
const lay = (name: string, more: Readonly<Record<string, string>> = {}) =>
  bench.lay(name, 'juju', {
    parameters: { ...parameters(), ...more },
    role: name === 'm1' ? 'machine' : 'controller',
    members: bench.members(roles),
    only: 'lay',
  });
const agents = (name: string) =>
  said(name, shell`systemctl list-units 'jujud-machine-*' --plain --no-legend --state=active | wc -l`);

const succeeded = (operation: Operation) => succeededOn(bench, operation);

test('what cannot be laid is refused before anything is changed', async () => {
  const altered = await lay('m2', { sha256: 'f'.repeat(64) });
  expect(altered.failure?.code).toBe('DOWNLOAD_DIFFERS');
  const debian = await lay('m2', { base: 'ubuntu' });
  expect(debian.failure?.code).toBe('LAYER_UNSUPPORTED');
  expect(debian.failure?.message).toContain("Juju's agents are made for Ubuntu");
  expect(await lines('m2')).toEqual(before.m2);
}, 300_000);

test('machines first, then the controller, which takes them in and verifies', async () => {
  const id = layingWorkflowId(randomUUID());
  const request = {
    layer: 'juju',
    parameters: parameters(),
    places: bench.members(roles),
    roles: ['machine', 'controller'],
    verifier: 'controller',
    limit: 2,
  } satisfies LayingRequest;
  const handle = await bench.plane.client.workflow.start('applyLayers', {
    taskQueue: CONTROL_QUEUE,
    workflowId: id,
    args: [request],
  });
  const failed = await handle.result().then(
    () => false,
    () => true,
  );
  const { machines } = await handle.query(layingQuery);
  const operations: Operation[] = [];
  for (const { operationId = '' } of machines) {
    const operation = await bench.plane.store.operations.get(operationId);
    if (operation) operations.push(await succeeded(operation));
  }
  expect(failed).toBe(false);
  const verified = operations.filter(({ steps }) => steps.some(({ name }) => name.includes(': verify ')));
  expect(verified.map(({ machineId }) => machineId)).toEqual(['m-m2']);
  for (const { name, startedAt, endedAt } of (
    await bench.plane.store.operations.ofMachine('m-m2', 2)
  ).flatMap(({ steps }) => steps))
    console.log(name, startedAt && endedAt ? Date.parse(endedAt) - Date.parse(startedAt) : '', 'ms');

  const known = JSON.parse(
    await said('m2', shell`HOME=/root juju machines -m rackwright:main --format json`),
  );
  expect(Object.values(known.machines)).toMatchObject([
    { 'dns-name': addressOf('m1'), 'juju-status': { current: 'started' } },
  ]);
  expect(await agents('m1')).toBe('1');
  expect(await said('m2', shell`HOME=/root juju models -c rackwright --format json`)).not.toContain(
    'rackwright-verify',
  );
}, 900_000);

test('the key is the controller’s alone, and nobody sees what it is made of', async () => {
  expect(
    await said(
      'm2',
      shell`stat -c '%a %U' /root/.local/share/juju/ssh /root/.local/share/juju/ssh/juju_id_ed25519`,
    ),
  ).toBe('700 root\n600 root');
  expect(
    await said('m1', shell`ls /root/.local/share/juju 2>/dev/null; cat ~ubuntu/.ssh/authorized_keys`),
  ).toMatch(new RegExp(`^from="${addressOf('m2')}" ssh-ed25519 [A-Za-z0-9+/]{68} rackwright-juju$`));
  const key = await said('m2', shell`cat /root/.local/share/juju/ssh/juju_id_ed25519`);
  const login = (from: string, to: string) =>
    said(
      from,
      shell`umask 077; printf '%s\\n' ${key} >/run/key; ssh -n -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -i /run/key ${`ubuntu@${addressOf(to)}`} sudo -n id -un; rm /run/key`,
    );
  expect(await login('m2', 'm1')).toBe('root');
  expect(await login('m1', 'm2')).toContain('Permission denied');

  const seed = await said('m2', shell`cat /var/lib/rackwright/secrets/juju/seed`);
  expect(seed).toMatch(/^[A-Za-z0-9]{32}$/);
  for (const name of ['m1', 'm2'])
    for (const { id, steps } of await bench.plane.store.operations.ofMachine(`m-${name}`, 10))
      for (const step of steps)
        expect(JSON.stringify(await bench.plane.store.operations.log(id, step.name))).not.toContain(seed);
}, 120_000);

test('laid again: nothing changes; what was cut off while it was added is added anew', async () => {
  for (const name of ['m1', 'm2']) expect(changesOf(await succeeded(await lay(name)))).toEqual([]);

  await said(
    'm2',
    shell`export HOME=/root
for id in $(juju machines -m rackwright:main --format json | jq -r '.machines | keys[]'); do juju remove-machine -m rackwright:main --force --no-prompt "$id"; done
touch /root/.local/share/juju/cut`,
  );
  expect(await agents('m1')).toBe('0');
  const cut = await lay('m2');
  expect(cut.failure?.code).toBe('LAYER_STEP_FAILED');
  const anew = await succeeded(await lay('m2'));
  expect(changesOf(anew)).toEqual(['juju: add the machines']);
  const log = await bench.plane.store.operations.log(anew.id, 'juju: add the machines');
  expect(JSON.stringify(log)).toContain('was begun before: machine');
  expect(await agents('m1')).toBe('1');
}, 600_000);

test('taken away: nothing is left', async () => {
  for (const name of ['m2', 'm1']) {
    await succeeded(await bench.remove(name, 'juju'));
    const own = /^\/var\/log\/|^\/var\/lib\/rackwright(\/(brought|secrets|package-lists))?$/;
    const left = (await lines(name)).filter((line) => !before[name]?.includes(line) && !own.test(line));
    expect(left).toEqual([]);
  }
}, 600_000);
