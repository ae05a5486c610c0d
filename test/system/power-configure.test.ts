import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MachineRecord, PowerParameters } from '../../model/index.ts';
import { ipv4 } from '../../net/index.ts';
import { createBmcQueue, createPower } from '../../power/index.ts';
import { machineWorkflowId } from '../../workflows/messages.ts';
import { macOf } from '../api/records.ts';
import { type RunningApi, runApi } from '../api/running-api.ts';
import { runCli } from '../cli/run-cli.ts';
import { type ControlPlane, controlPlane } from '../fixtures/control-plane.ts';
import { type RedfishBmc, startRedfishBmc } from '../power/redfish-bmc.ts';

/** What an operator writes becomes what the drivers are given; on the real API, store, workflows and command line. */
let plane: ControlPlane;
let api: RunningApi;
const bmcs: RedfishBmc[] = [];
const id = 'm-00000001';

beforeAll(async () => {
  plane = await controlPlane(600_000);
  api = await runApi({ temporal: () => plane.client, store: plane.store });
  const arrival = {
    identity: { uuid: '4c4c4544-0000-4000-8000-000000000001', serial: 'SN1', macs: [macOf(id)] },
    firmware: 'uefi',
    arch: 'amd64',
    site: 'main',
    session: {
      bootId: 'b-1',
      address: ipv4('127.9.0.100'),
      hostKeys: [],
      squashfs: '',
      since: new Date().toISOString(),
    },
  };
  await plane.client.workflow.start('machine', {
    taskQueue: 'control',
    workflowId: machineWorkflowId(id),
    args: [{ kind: 'first', id, arrival }],
  });
  for (let known: unknown; !known; known = await plane.store.machines.get(id))
    await new Promise((resolve) => setTimeout(resolve, 50));
}, 300_000);

afterAll(async () => {
  await Promise.all(bmcs.map((bmc) => bmc.stop()));
  await api?.stop();
  await plane?.close();
}, 60_000);

const set = (...words: string[]) =>
  runCli(['machine', 'set', id, ...words], { env: { RW_DATA_DIR: api.dataDir } });
const machine = async () => (await plane.store.machines.get(id)) as MachineRecord;
const power = async () => (await machine()).power;
const secretOf = async (parameters: PowerParameters, field: string) =>
  'secret' in parameters ? (await plane.store.secrets.get(parameters.secret, field))?.reveal() : undefined;

async function file(name: string, content: string): Promise<string> {
  const path = join(api.dataDir, name);
  await writeFile(path, content, { mode: 0o600 });
  return path;
}

describe('machine set', () => {
  test('switches by Redfish: what it asks is asked of that BMC, with the stored password', async () => {
    const bmc = await startRedfishBmc();
    bmcs.push(bmc);
    const secret = await file('bmc.txt', `${bmc.password}\n`);
    const ended = await set(
      ...['--power', 'redfish', '--power-parameter', `url=${bmc.url}`, '--power-parameter', 'username=admin'],
      ...['--power-parameter', 'allowPlainHttp=true', '--power-secret-file', `password=${secret}`],
    );
    expect([ended.status, ended.stderr]).toEqual([0, '']);
    expect(ended.stdout).toContain(`redfish ${bmc.url} as admin`);
    expect(await power()).toEqual({
      driver: 'redfish',
      url: bmc.url,
      username: 'admin',
      allowPlainHttp: true,
      secret: expect.stringMatching(/^bmc-m-00000001-/),
    });
    const drivers = createPower({ queue: createBmcQueue(), secrets: plane.store.secrets });
    expect(await drivers.driverFor(await power(), await machine()).on()).toEqual({
      kind: 'done',
      sent: true,
    });
    await drivers.close();
    for (const path of [`/v1/machines/${id}`, '/v1/machines', '/v1/events'])
      expect((await api.call('GET', path)).text).not.toContain('canary');
  });

  test('one parameter alone leaves the others and the password; another URL forgets it, and nobody gets it', async () => {
    const before = await power();
    expect((await set('--power-parameter', 'system=1')).status).toBe(0);
    expect(await power()).toEqual({ ...before, system: '1' });
    const stranger = await startRedfishBmc();
    bmcs.push(stranger);
    const moved = await set('--power-parameter', `url=${stranger.url}`);
    expect(moved.stderr).toContain('The stored secret was forgotten');
    expect(await secretOf(before, 'password')).toBeUndefined();
    expect(await secretOf(await power(), 'password')).toBeUndefined();
    const drivers = createPower({ queue: createBmcQueue(), secrets: plane.store.secrets });
    await expect(drivers.driverFor(await power(), await machine()).query()).rejects.toThrow(
      /No password is kept/,
    );
    expect(stranger.received()).not.toContain('canary');
    expect(stranger.received()).not.toContain('authorization');
  });

  test.each([
    ['certificate', 'f'.repeat(64)],
    ['url', 'https://192.0.2.8'],
  ])('another %s of a Proxmox server forgets the token', async (field, value) => {
    const token = await file('token.txt', 'canary-token\n');
    const words = ['url=https://192.0.2.7:8006', 'node=pve', 'vm=100', 'tokenId=rw@pve!power'];
    const ended = await set(
      '--power',
      'proxmox',
      ...words.flatMap((word) => ['--power-parameter', word]),
      ...['--power-secret-file', `token=${token}`],
    );
    expect(ended.status).toBe(0);
    const before = await power();
    expect(before).toMatchObject({ driver: 'proxmox', vm: 100 });
    expect(await secretOf(before, 'token')).toBe('canary-token');
    expect((await set('--power-parameter', `${field}=${value}`)).status).toBe(0);
    expect(await secretOf(before, 'token')).toBeUndefined();
    expect(await secretOf(await power(), 'token')).toBeUndefined();
  });

  test('takes the flags of a BMC for Redfish too', async () => {
    const secret = await file('bmc.txt', 'pw');
    const ended = await set(
      ...['--power', 'redfish', '--bmc-address', '192.0.2.7', '--bmc-port', '8443'],
      ...['--bmc-user', 'admin', '--bmc-password-file', secret],
    );
    expect(ended.status).toBe(0);
    expect(await power()).toMatchObject({
      driver: 'redfish',
      url: 'https://192.0.2.7:8443',
      username: 'admin',
    });
    expect(await secretOf(await power(), 'password')).toBe('pw');
  });

  test('to a driver without secrets leaves none behind', async () => {
    const before = await power();
    expect(
      (
        await set(
          '--power',
          'libvirt',
          '--power-parameter',
          'uri=qemu:///system',
          '--power-parameter',
          'domain=a',
        )
      ).status,
    ).toBe(0);
    expect(await power()).toEqual({ driver: 'libvirt', uri: 'qemu:///system', domain: 'a' });
    expect(await secretOf(before, 'password')).toBeUndefined();
  });

  test.each([
    [['--power', 'telepathy'], 'telepathy'],
    [
      ['--power', 'redfish', '--power-parameter', 'url=http://192.0.2.1', '--power-parameter', 'username=a'],
      'power.url',
    ],
    [['--power', 'webhook', '--power-parameter', 'onUrl=https://a.example/'], 'power.offUrl'],
    [
      ['--power', 'libvirt', '--power-parameter', 'uri=qemu:///system', '--power-parameter', 'domain=-x'],
      'power.domain',
    ],
    [['--power', 'libvirt', '--power-parameter', 'socket=/x'], 'power'],
    [['--power', 'proxmox', '--power-parameter', 'token=x'], '--power-secret-file token=FILE'],
    [['--power', 'redfish', '--power-parameter', 'nonsense'], 'key=value'],
    [['--power', 'manual', '--bmc-user', 'a'], 'manual'],
    [['--power', 'wake-on-lan', '--bmc-user', 'a'], 'wake-on-lan takes --power-parameter'],
  ])('refuses %j before anything is touched', async (words, named) => {
    const before = await power();
    const { status, stderr } = await set(...words);
    expect(status).not.toBe(0);
    expect(stderr).toContain(named);
    expect(await power()).toEqual(before);
  });
});

test('power drivers lists all of them with what they take', async () => {
  const env = { RW_DATA_DIR: api.dataDir };
  const table = await runCli(['power', 'drivers'], { env });
  expect(table.status).toBe(0);
  expect(table.stdout).toMatch(/^redfish +url\* username\* .*password/m);
  const { stdout } = await runCli(['power', 'drivers', '-o', 'json'], { env });
  const drivers = JSON.parse(stdout) as { name: string; parameters: { type: string } }[];
  expect(drivers.map(({ name }) => name)).toHaveLength(8);
  expect(drivers.every(({ parameters }) => parameters.type === 'object')).toBe(true);
});
