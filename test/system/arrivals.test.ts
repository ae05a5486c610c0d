import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenHash } from '../../boot/http/index.ts';
import { newBoot } from '../../boot/index.ts';
import {
  type BootRecord,
  type Hello,
  type MachineRecord,
  type PowerParameters,
  Secret,
} from '../../model/index.ts';
import { type Ipv4, ipv4, type Mac, parseMac } from '../../net/index.ts';
import { generateKeyPair } from '../../remote/index.ts';
import { commissionUpdate, configureUpdate, machineWorkflowId } from '../../workflows/messages.ts';
import { subnet } from '../fixtures/boot-bench.ts';
import { type ControlPlane, controlPlane } from '../fixtures/control-plane.ts';
import { type IpmiSim, startIpmiSim } from '../fixtures/ipmi-sim.ts';

/** Who is let in, who is not, and that nobody else is harmed: real Temporal server, real store, no machine. */
let plane: ControlPlane;
let bmc: IpmiSim;
beforeAll(async () => {
  plane = await controlPlane(3_000);
  bmc = await startIpmiSim();
  await plane.store.subnets.put(subnet);
});
afterAll(async () => {
  await bmc?.stop();
  await plane?.close();
});

const card = (number: number): Mac =>
  parseMac(
    `52:54:00:01:${(number >> 8).toString(16).padStart(2, '0')}:${(number & 255).toString(16).padStart(2, '0')}`,
  ) as Mac;
const uuid = (number: number): string => `5c0f0000-0000-4000-8000-${number.toString().padStart(12, '0')}`;
const hostKey = generateKeyPair('').publicKey.split(' ').slice(0, 2).join(' ');

interface Visitor {
  readonly boot: BootRecord;
  readonly hello: Hello;
  readonly address: Ipv4;
}

/** A machine that has booted and holds a token: all it still has to do is say hello. */
async function visitor(number: number, values: Partial<Hello> = {}, machineId?: string): Promise<Visitor> {
  const address = ipv4(`127.0.0.${100 + (number % 90)}`);
  const mac = values.macs?.[0] ?? card(number);
  const boot = newBoot(
    {
      mac,
      purpose: machineId ? 'commission' : 'discovery',
      image: 'debian/12',
      ...(machineId && { machineId }),
    },
    new Date(),
    60_000,
  );
  const token = randomBytes(16).toString('hex');
  await plane.store.boots.open(boot);
  await plane.store.boots.bind(boot.id, { address, tokenHash: tokenHash(token) });
  const hello: Hello = {
    bootId: boot.id,
    token,
    uuid: uuid(number),
    serial: `SN${number}`,
    vendor: 'Test',
    product: 'Test',
    macs: [mac],
    firmware: 'bios',
    arch: 'amd64',
    hostKeys: [hostKey],
    ...values,
  };
  return { boot, hello, address };
}

async function refusals(): Promise<number> {
  const events = await plane.store.events.after(0, { limit: 10_000 });
  return events.filter(({ kind }) => kind === 'boot.refused').length;
}

async function enlisted(number: number): Promise<MachineRecord> {
  const { hello, address, boot } = await visitor(number);
  await plane.hello(hello, address);
  const machine = await plane.store.machines.byMac(boot.mac);
  if (!machine) throw new Error('not enlisted');
  return machine;
}

describe('a machine that nobody knows', () => {
  it('becomes New, with what it said and no power control', async () => {
    expect(await enlisted(1)).toMatchObject({
      state: 'New',
      identity: { uuid: uuid(1), serial: 'SN1', macs: [card(1)] },
      session: { address: '127.0.0.101', hostKeys: [hostKey] },
      power: { driver: 'manual' },
    });
  });

  it('may ask again when the answer was lost, and stays one machine', async () => {
    const { hello, address } = await visitor(2);
    await plane.hello(hello, address);
    await plane.hello(hello, address);
    const found = await plane.store.machines.find((await plane.store.machines.byMac(card(2)))?.id ?? '');
    expect(found).toHaveLength(1);
  });

  it('is let in once of 200 that come at the same time with different keys', async () => {
    const { hello, address } = await visitor(3);
    const before = await refusals();
    const answers = await Promise.allSettled(
      Array.from({ length: 200 }, () =>
        plane.hello(
          { ...hello, hostKeys: [`ssh-ed25519 ${randomUUID().replaceAll('-', '').padEnd(68, 'A')}`] },
          address,
        ),
      ),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await refusals()).toBe(before + 199);
  });

  it.each([
    [
      'the token of another boot',
      (hello: Hello) => ({ hello: { ...hello, token: randomBytes(16).toString('hex') } }),
    ],
    ['another boot', (hello: Hello) => ({ hello: { ...hello, bootId: randomUUID() } })],
    ['another card', (hello: Hello) => ({ hello: { ...hello, macs: [card(999)] } })],
    ['another address', (hello: Hello) => ({ hello, address: ipv4('127.0.0.7') })],
    ['an address outside the subnet', (hello: Hello) => ({ hello, address: ipv4('127.9.9.9') })],
  ])('is refused, and an event says so: %s', async (_what, change) => {
    const known = await visitor(4);
    const wrong = { ...known, ...change(known.hello) };
    const before = await refusals();
    await expect(plane.hello(wrong.hello, wrong.address)).rejects.toMatchObject({
      code: 'BOOT_TOKEN_REFUSED',
    });
    expect(await refusals()).toBe(before + 1);
    expect(await plane.store.machines.byMac(card(4))).toBeUndefined();
  });
});

describe('a machine that resembles a known one (docs/security.md, rule 8)', () => {
  it.each([
    ['its UUID on another card', { uuid: uuid(10), serial: 'OTHER', macs: [card(500)] }, 'uuid'],
    ['its serial on another card', { uuid: uuid(501), serial: 'SN10', macs: [card(501)] }, 'serial'],
    ['its UUID and serial on another card', { uuid: uuid(10), serial: 'SN10', macs: [card(502)] }, 'uuid'],
    ['its card under another UUID', { uuid: uuid(503), serial: 'SN10', macs: [card(10)] }, 'mac'],
    ['its card under another serial', { uuid: uuid(10), serial: 'OTHER', macs: [card(10)] }, 'mac'],
  ])('is refused: %s', async (_what, values, field) => {
    const known = (await plane.store.machines.byMac(card(10))) ?? (await enlisted(10));
    const newcomer = await visitor(40, values);
    await expect(plane.hello(newcomer.hello, newcomer.address)).rejects.toMatchObject({
      code: 'MACHINE_IDENTITY_CONFLICT',
      message: expect.stringContaining(known.name),
      details: { field, machine: known.id },
    });
    expect(await plane.store.machines.get(known.id)).toEqual(known);
  });

  it('is refused when it boots in the place of another', async () => {
    const known = await enlisted(11);
    const stranger = await visitor(12, { macs: [card(12)] }, known.id);
    await expect(plane.hello(stranger.hello, stranger.address)).rejects.toMatchObject({
      code: 'MACHINE_IDENTITY_CONFLICT',
    });
    expect(await plane.store.machines.get(known.id)).toEqual(known);
  });
});

describe('a machine that was powered on and does not show up', () => {
  it('fails with what was seen last and what to look at; others are unharmed', async () => {
    const bystander = await enlisted(20);
    const silent = await enlisted(21);
    const handle = plane.client.workflow.getHandle(machineWorkflowId(silent.id));
    await plane.store.secrets.put(`bmc/${silent.id}`, 'password', new Secret(bmc.password));
    const power: PowerParameters = {
      driver: 'ipmi',
      address: bmc.address,
      port: bmc.port,
      username: bmc.username,
      passwordSecret: `bmc/${silent.id}`,
      cipherSuite: 3,
    };
    await handle.executeUpdate(configureUpdate, { args: [{ power }] });
    const { operationId } = await handle.executeUpdate(commissionUpdate);
    await expect
      .poll(async () => (await plane.store.operations.get(operationId))?.state, { timeout: 90_000 })
      .toBe('failed');
    const operation = await plane.store.operations.get(operationId);
    expect(operation?.failure).toMatchObject({
      code: 'BOOT_NO_DHCP',
      message: expect.stringContaining('no DHCP request'),
    });
    await expect
      .poll(async () => (await plane.store.machines.get(silent.id))?.state)
      .toBe('Failed commissioning');
    expect(await bmc.orders()).toContain('power 1');
    expect(await plane.store.machines.get(bystander.id)).toEqual(bystander);
  });
});
