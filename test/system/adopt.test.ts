import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { MachineRecord } from '../../model/index.ts';
import {
  connect,
  generateKeyPair,
  type Host,
  type RunResult,
  type Shell,
  shell,
} from '../../remote/index.ts';
import { machineWorkflowId } from '../../workflows/messages.ts';
import { type RunningApi, runApi } from '../api/running-api.ts';
import { runCli } from '../cli/run-cli.ts';
import { type RackOfContainers, containerRack } from '../fixtures/container-rack.ts';
import { type ControlPlane, controlPlane } from '../fixtures/control-plane.ts';
import { keepHistory } from '../fixtures/keep-history.ts';

/** Two machines that other people run. With RW_RECORD_HISTORIES=1 histories are kept under names that are not there yet. */
let plane: ControlPlane;
let rack: RackOfContainers;
let api: RunningApi;
let folder: string;

beforeAll(async () => {
  [plane, rack] = await Promise.all([controlPlane(60_000), containerRack(['m1', 'm2'])]);
  const { store, client, ssh } = plane;
  api = await runApi({ store, temporal: () => client, site: 'main', sshKey: ssh.publicLine });
  folder = await mkdtemp(join(tmpdir(), 'rw-adopt-'));
}, 300_000);
afterAll(async () => {
  await api?.stop();
  await plane?.close();
  await rack?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** Host keys that the people of a machine made anew. */
const renewed = new Map<string, readonly string[]>();
const targetOf = (machine: string) => {
  const target = rack.target(machine);
  return { ...target, hostKeys: renewed.get(machine) ?? target.hostKeys };
};

const adopt = (name: string, machine: string, change: object = {}) => {
  const { address, hostKeys } = targetOf(machine);
  return api.call('POST', '/v1/machines', { name, address, hostKeys, ...change });
};

/** As the people of the machine, who have a key of their own. */
async function asItsPeople(machine: string, command: Shell): Promise<RunResult> {
  const host: Host = await connect(targetOf(machine));
  try {
    return await host.run(command);
  } finally {
    host.close();
  }
}

/** The operation that was asked, when it has ended. */
function ended(operationId: string) {
  return vi.waitFor(
    async () => {
      const operation = await plane.store.operations.get(operationId);
      if (!operation || operation.state === 'running') throw new Error(`${operationId} has not ended`);
      return operation;
    },
    { timeout: 240_000, interval: 200 },
  );
}

/** The list of what ran is a little behind. */
const workflowOf = (name: string): Promise<string> => vi.waitFor(() => findWorkflow(name), 10_000);

async function findWorkflow(name: string): Promise<string> {
  for await (const { workflowId } of plane.client.workflow.list({ query: `WorkflowType = 'adoptMachine'` }))
    if (workflowId.startsWith(`adopt-machine/${name}/`)) return workflowId;
  throw new Error(`nobody asked to adopt ${name}`);
}

test('a machine that does not let us in says which line it needs', async () => {
  const { status, json } = await adopt('refused', 'm1');
  expect([status, json.code]).toEqual([502, 'SSH_LOGIN_REFUSED']);
  expect(json.detail).toContain(plane.ssh.publicLine);
  expect(json.detail).toContain('/root/.ssh/authorized_keys');
}, 120_000);

test('with our line in place, another host key is still refused, and nothing is kept', async () => {
  const { publicKey } = (await api.call('GET', '/v1/ssh-key')).json as { publicKey: string };
  for (const machine of ['m1', 'm2'])
    expect(
      await asItsPeople(machine, shell`printf '%s\n' ${publicKey} >>/root/.ssh/authorized_keys`),
    ).toMatchObject({ exitCode: 0 });
  const other = generateKeyPair('').publicKey;
  const { status, json } = await adopt('stranger', 'm1', { hostKeys: [other] });
  expect([status, json.code]).toEqual([502, 'SSH_HOST_KEY_CHANGED']);
  expect(await plane.store.machines.list()).toEqual([]);
  for await (const _none of plane.client.workflow.list({ query: `WorkflowType = 'machine'` }))
    throw new Error('a machine has a workflow');
  await keepHistory(plane.client, 'adoptMachine', 'refused', await workflowOf('stranger'));
}, 120_000);

test('nobody serves its site: that is said, and nothing is kept', async () => {
  const { status, json } = await adopt('web1', 'm1', { site: 'nowhere' });
  expect([status, json.code]).toEqual([504, 'STEP_DEADLINE']);
  expect(json.detail).toContain('site nowhere');
  expect(await plane.store.machines.list()).toEqual([]);
}, 120_000);

let web1: MachineRecord;
test('on the command line it is adopted, with keys in the form of ssh-keyscan', async () => {
  const { address, hostKeys } = rack.target('m1');
  const file = join(folder, 'web1.keys');
  await writeFile(
    file,
    `# ${address}:22 SSH-2.0\n${hostKeys.map((key) => `${address} ${key}`).join('\n')}\n`,
  );
  const words = ['machine', 'adopt', 'web1', '--address', address, '--host-key-file', file, '-o', 'json'];
  const { status, stdout, stderr } = await runCli(words, { env: { RW_DATA_DIR: api.dataDir } });
  expect([status, stderr]).toEqual([0, '']);
  web1 = JSON.parse(stdout) as MachineRecord;
  const machineId = (await asItsPeople('m1', shell`cat /etc/machine-id`)).stdout.trim();
  const card = (await asItsPeople('m1', shell`cat /sys/class/net/host0/address`)).stdout.trim();
  expect(web1).toMatchObject({
    name: 'web1',
    site: 'main',
    state: 'Deployed',
    identity: {
      uuid: machineId.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
      serial: `container-${machineId}`,
      macs: [card],
    },
    power: { driver: 'manual' },
    deployment: { adopted: true, imageSerial: 'adopted', address, hostKeys },
    layers: [],
  });
  const release = (await asItsPeople('m1', shell`. /etc/os-release && echo "$ID/$VERSION_ID"`)).stdout.trim();
  expect(web1.deployment?.image).toBe(release);
  const { allowedOperations } = (await api.call('GET', '/v1/machines/web1')).json;
  expect(allowedOperations).toContain('retire');
  expect(allowedOperations).not.toContain('release');
  expect(allowedOperations).not.toContain('rescue');
  await keepHistory(plane.client, 'adoptMachine', 'a-container', await workflowOf('web1'));
}, 120_000);

test('what is known already is refused: the machine, its name, its address', async () => {
  const again = await adopt('web2', 'm1');
  expect([again.status, again.json.code]).toEqual([409, 'STATE_CONFLICT']);
  expect(again.json.detail).toContain(`web1 (${web1.id})`);
  const name = await adopt('web1', 'm2');
  expect([name.status, name.json.details?.field]).toEqual([400, 'name']);
  // As if web1 had moved: its record has the address of the other machine.
  const { address } = rack.target('m2');
  const elsewhere = { ...web1, id: 'm-elsewhere', name: 'elsewhere', version: 1, identity: unlike };
  await plane.store.machines.record({
    ...elsewhere,
    deployment: { ...(web1.deployment as NonNullable<typeof web1.deployment>), address },
  });
  const place = await adopt('web2', 'm2');
  expect([place.status, place.json.code]).toEqual([409, 'ADDRESS_TAKEN']);
  expect(place.json.detail).toContain('elsewhere');
  expect((await plane.store.machines.list()).map(({ name }) => name).toSorted()).toEqual([
    'elsewhere',
    'web1',
  ]);
}, 120_000);
const unlike = { uuid: '', serial: '', macs: [] };

test('asked for again it is the same; with new host keys, after its people made some, it answers again', async () => {
  const same = await adopt('web1', 'm1');
  expect([same.status, same.json.id]).toEqual([200, web1.id]);
  expect(same.json.deployment).toEqual(web1.deployment);

  const made = await asItsPeople(
    'm1',
    shell`cd /etc/ssh && rm -f ssh_host_* && ssh-keygen -q -t ed25519 -N '' -f ssh_host_ed25519_key && cut -d ' ' -f 1,2 ssh_host_ed25519_key.pub`,
  );
  const hostKeys = made.stdout.trim().split('\n');
  renewed.set('m1', hostKeys);
  // Nobody is logged in any more.
  const bootId = () => asItsPeople('m1', shell`cat /proc/sys/kernel/random/boot_id`);
  const before = await bootId();
  await asItsPeople('m1', shell`systemctl reboot`).catch(() => undefined);
  await vi.waitFor(async () => expect((await bootId()).stdout).not.toBe(before.stdout), {
    timeout: 60_000,
    interval: 200,
  });
  const stale = await api.call('POST', '/v1/machines/web1/layers', { layer: 'nginx', parameters: {} });
  expect(await ended(stale.json.operationId)).toMatchObject({ failure: { code: 'SSH_HOST_KEY_CHANGED' } });

  const again = await adopt('web1', 'm1');
  expect([again.status, again.json.id, again.json.layers]).toEqual([200, web1.id, []]);
  expect(again.json.deployment).toMatchObject({ adopted: true, hostKeys, address: web1.deployment?.address });
  const events = (await plane.store.events.after(0, { machineId: web1.id, limit: 1_000 })).map(
    ({ message }) => message,
  );
  expect(events.filter((message) => message.includes('taken in again'))).toEqual([
    expect.stringMatching(/^web1 was taken in again: debian\/12 at [\d.]+, with other host keys\.$/),
  ]);
  web1 = { ...web1, deployment: again.json.deployment };
}, 300_000);

test('a layer is laid on it, although it is in no subnet of ours', async () => {
  expect(await plane.store.subnets.list()).toEqual([]);
  // Its people have said where its packages come from.
  const proxy = `Acquire::http::Proxy "${rack.rack.packageProxy}";`;
  await asItsPeople('m1', shell`printf '%s\n' ${proxy} >/etc/apt/apt.conf.d/01proxy`);
  const plan = await api.call('POST', '/v1/machines/web1/layers/plan', { layer: 'nginx' });
  expect([plan.status, plan.json.digest]).toEqual([200, expect.stringMatching(/^[0-9a-f]{64}$/)]);
  const body = { layer: 'nginx', parameters: { title: 'Adopted' } };
  const asked = await api.call('POST', '/v1/machines/web1/layers', body);
  expect(asked.status).toBe(202);
  expect(await ended(asked.json.operationId)).toMatchObject({ state: 'succeeded' });
  const page = await fetch(`http://${rack.target('m1').address}/`);
  expect(await page.text()).toContain('Adopted');
  await vi.waitFor(async () =>
    expect((await plane.store.machines.get(web1.id))?.layers.map(({ name }) => name)).toEqual(['nginx']),
  );
  await keepHistory(plane.client, 'machine', 'adopted', machineWorkflowId(web1.id));
}, 300_000);

test('it is never erased; it is retired, and comes back as it was', async () => {
  for (const erase of ['none', 'quick']) {
    const { status, json } = await api.call('POST', '/v1/machines/web1/release', { erase });
    expect([status, json.code]).toEqual([409, 'STATE_CONFLICT']);
    expect(json.detail).toMatch(/adopted.*retire/);
  }
  const retired = await api.call('POST', '/v1/machines/web1/marks/retire', { reason: 'sold' });
  expect(retired.status).toBe(202);
  expect((await plane.store.machines.get(web1.id))?.state).toBe('Retired');
  await api.call('POST', '/v1/machines/web1/marks/mark-fixed', { reason: 'bought back' });
  expect(await plane.store.machines.get(web1.id)).toMatchObject({
    state: 'Deployed',
    deployment: web1.deployment,
  });
  expect((await fetch(`http://${rack.target('m1').address}/`)).status).toBe(200);
}, 120_000);
