import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenHash } from '../../boot/http/index.ts';
import { newBoot } from '../../boot/index.ts';
import type { Hello, MachineRecord, Operation } from '../../model/index.ts';
import { ipv4, type Mac, parseMac } from '../../net/index.ts';
import { generateKeyPair } from '../../remote/index.ts';
import {
  abortUpdate,
  commissionUpdate,
  machineWorkflowId,
  markUpdate,
  rescueUpdate,
} from '../../workflows/messages.ts';
import { subnet } from '../fixtures/boot-bench.ts';
import { type ControlPlane, controlPlane } from '../fixtures/control-plane.ts';

/** What people may do with a machine, and that it is never lost: real Temporal server, real store, no machine. */
let plane: ControlPlane;
beforeAll(async () => {
  plane = await controlPlane(600_000);
  await plane.store.subnets.put(subnet);
}, 300_000);
afterAll(() => plane?.close());

const hostKey = generateKeyPair('').publicKey.split(' ').slice(0, 2).join(' ');
const handleOf = (id: string) => plane.client.workflow.getHandle(machineWorkflowId(id));

/** A machine that said hello once; its power is switched by hand, so an operation waits until it is stopped. */
async function enlisted(number: number): Promise<MachineRecord> {
  const address = ipv4(`127.0.0.${100 + number}`);
  const mac = parseMac(`52:54:00:02:00:${number.toString(16).padStart(2, '0')}`) as Mac;
  const boot = newBoot({ mac, purpose: 'discovery', image: 'debian/12' }, new Date(), 60_000);
  const token = randomBytes(16).toString('hex');
  await plane.store.boots.open(boot);
  await plane.store.boots.bind(boot.id, { address, tokenHash: tokenHash(token) });
  const hello: Hello = {
    bootId: boot.id,
    token,
    uuid: `5c0f0000-0000-4000-9000-${number.toString().padStart(12, '0')}`,
    serial: `LIFE-${number}`,
    vendor: 'Rackwright',
    product: 'test',
    macs: [mac],
    firmware: 'uefi',
    arch: 'amd64',
    hostKeys: [hostKey],
  };
  await plane.hello(hello, address);
  return (await plane.store.machines.byMac(mac)) as MachineRecord;
}

const recordOf = async (id: string) => (await plane.store.machines.get(id)) as MachineRecord;
const ended = (operationId: string) =>
  until(async () => {
    const operation = await plane.store.operations.get(operationId);
    return operation && operation.state !== 'running' ? operation : undefined;
  });

/** Follows the store's events: nothing is slept for. */
async function until<Result>(look: () => Promise<Result | undefined>): Promise<Result> {
  let wake: () => void = () => undefined;
  const unsubscribe = await plane.store.events.subscribe(() => wake());
  try {
    for (;;) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const found = await look();
      if (found !== undefined) return found;
      await woken;
    }
  } finally {
    await unsubscribe();
  }
}

describe('what people write down', () => {
  it('locks and unlocks: in between, nothing else may be asked, and the refusal says why', async () => {
    const { id } = await enlisted(1);
    const machine = handleOf(id);
    await machine.executeUpdate(markUpdate, { args: ['lock', { reason: 'fan 3 is loud' }] });
    expect(await recordOf(id)).toMatchObject({ state: 'New', locked: { reason: 'fan 3 is loud' } });
    await expect(machine.executeUpdate(commissionUpdate)).rejects.toMatchObject({
      cause: { type: 'STATE_CONFLICT', message: expect.stringContaining('fan 3 is loud') },
    });
    await machine.executeUpdate(markUpdate, { args: ['unlock', { reason: 'replaced' }] });
    expect((await recordOf(id)).locked).toBeUndefined();
    const operations = await plane.store.operations.ofMachine(id, 10);
    expect(operations.map(({ kind, state, summary }) => [kind, state, summary])).toEqual([
      ['unlock', 'succeeded', 'Unlocked: replaced'],
      ['lock', 'succeeded', 'Locked: fan 3 is loud'],
    ]);
  });

  it('sets broken and retired machines aside, and takes them back to where they were', async () => {
    const { id } = await enlisted(2);
    const mark = async (kind: 'mark-broken' | 'retire' | 'mark-fixed') => {
      await handleOf(id).executeUpdate(markUpdate, { args: [kind, { reason: 'CHG-411' }] });
      return (await recordOf(id)).state;
    };
    expect(await mark('mark-broken')).toBe('Broken');
    expect(await mark('retire')).toBe('Retired');
    expect(await mark('mark-fixed')).toBe('Broken');
    expect(await mark('mark-fixed')).toBe('New');
    await expect(mark('mark-fixed')).rejects.toMatchObject({ cause: { type: 'STATE_CONFLICT' } });
  });
});

describe('stopping what is at work', () => {
  it('ends an operation that waits for a person, closes its boot, and the machine is as it was', async () => {
    const { id } = await enlisted(3);
    const { operationId } = await handleOf(id).executeUpdate(commissionUpdate);
    await until(async () =>
      (await plane.store.operations.get(operationId))?.steps.find(({ waitingFor }) => waitingFor),
    );
    const boot = await plane.store.boots.latestOfMachine(id);
    expect(await plane.store.boots.openBoots(new Date())).toHaveLength(1);

    await handleOf(id).executeUpdate(abortUpdate, { args: [{ reason: 'wrong rack' }] });
    const operation = await ended(operationId);
    expect(operation).toMatchObject({
      state: 'failed',
      failure: { code: 'ABORTED', message: 'An operator stopped it: wrong rack' },
    });
    expect(operation.steps.map(({ name, state }) => `${name}: ${state}`)).toEqual([
      'look for the running system: done',
      'start over the network: failed',
      'close the boot: done',
    ]);
    const open = await plane.store.boots.openBoots(new Date());
    expect(open.find((one) => one.id === boot?.id)).toBeUndefined();
    await until(async () => ((await recordOf(id)).state === 'New' ? true : undefined));

    // Asked again, as after a lost answer: nothing is at work, and that is what was wanted.
    const again = await handleOf(id).executeUpdate(abortUpdate, { args: [{ reason: 'again' }] });
    expect(again).toEqual({ operationId });
    // And the machine is free at once.
    const next = await handleOf(id).executeUpdate(commissionUpdate);
    expect(next.operationId).toMatch(/commission\/2$/);
    await handleOf(id).executeUpdate(abortUpdate, { args: [{ reason: 'end of the test' }] });
    await ended(next.operationId);
  });

  it('lets a rescue that was stopped be left again by overriding its failure', async () => {
    const { id } = await enlisted(4);
    const { operationId } = await handleOf(id).executeUpdate(rescueUpdate, { args: [{ sshKeys: [] }] });
    await handleOf(id).executeUpdate(abortUpdate, { args: [{ reason: 'not needed' }] });
    await ended(operationId);
    await until(async () => ((await recordOf(id)).state === 'Failed rescue' ? true : undefined));
    await handleOf(id).executeUpdate(markUpdate, {
      args: ['override-failed', { reason: 'nothing happened' }],
    });
    expect(await recordOf(id)).toMatchObject({ state: 'New', aside: [] });
  });
});

describe('a machine whose workflow somebody ended', () => {
  const revive = () =>
    plane.client.workflow.execute('caretaker', { workflowId: 'caretaker-test', taskQueue: 'control' });

  it('gets one again, and the operation that was at work has an end', async () => {
    const { id } = await enlisted(5);
    const { operationId } = await handleOf(id).executeUpdate(commissionUpdate);
    await handleOf(id).terminate('somebody pressed the wrong button');
    expect(await recordOf(id)).toMatchObject({ state: 'Commissioning' });

    await until(async () => {
      // The list of what runs follows a moment later.
      await revive();
      const { state } = await recordOf(id);
      return state === 'Failed commissioning' ? true : undefined;
    });
    const operation = (await plane.store.operations.get(operationId)) as Operation;
    expect(operation).toMatchObject({ state: 'failed', failure: { code: 'INTERNAL' } });
    expect(operation.steps.every(({ state }) => state !== 'running')).toBe(true);

    const next = await handleOf(id).executeUpdate(commissionUpdate);
    expect(next.operationId).toBe(`${id}/commission/2`);
    await handleOf(id).executeUpdate(abortUpdate, { args: [{ reason: 'end of the test' }] });
    await ended(next.operationId);
  });
});
