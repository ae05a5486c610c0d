import { describe, expect, test } from 'vitest';
import type { ActivityDependencies } from '../../activities/deps.ts';
import { eraseActivities } from '../../activities/erase.ts';
import type { AboutErasure } from '../../activities/types.ts';
import { planErase } from '../../erase/index.ts';
import type { EraseEvidence, ErasePlan } from '../../model/index.ts';
import { ipv4 } from '../../net/index.ts';
import type { Store } from '../../store/index.ts';
import { ownStore } from '../store/fixtures/own-store.ts';
import { machine, operation } from '../api/records.ts';
import { input, live } from '../erase/example.ts';

/** What decides before and after a machine is spoken to; that no machine is spoken to is part of it. */
let store: Store;
ownStore((made) => {
  store = made;
});

const hosts = {
  with: () => Promise.reject(new Error('the machine was spoken to')),
  close: () => undefined,
};
const activities = (values: Partial<ActivityDependencies> = {}) =>
  eraseActivities({ store, hosts, ...values } as ActivityDependencies);

function about(operationId: string, bootId = 'b-1'): AboutErasure {
  const session = {
    bootId,
    address: ipv4('10.78.0.20'),
    hostKeys: [],
    squashfs: '',
    since: '2026-11-22T10:00:00.000Z',
  };
  return { operationId, machine: machine('m-1'), session, request: { erase: 'full' } };
}

const two = planErase(input([live(), live({ name: 'sdb', serial: 'S-2' })], { level: 'full' }));

async function planned(operationId: string, plan: ErasePlan = two): Promise<void> {
  await store.operations.record(operation(operationId));
  await store.evidence.keepPlan(operationId, plan);
}

function evidence(operationId: string, index: number, values: Partial<EraseEvidence> = {}): EraseEvidence {
  const erasure = two.disks[index];
  if (!erasure) throw new Error('no such disk');
  return {
    format: 'erase-evidence:1',
    machineId: 'm-1',
    operationId,
    bootId: 'b-1',
    disk: erasure.disk,
    level: 'full',
    method: erasure.method,
    startedAt: '2026-11-22T10:00:00.000Z',
    endedAt: '2026-11-22T11:00:00.000Z',
    result: 'ok',
    ...values,
  };
}

describe('a machine is free again', () => {
  test('when every disk of the plan has its evidence', async () => {
    const id = 'm-1/release/1';
    await planned(id);
    await store.evidence.append('erase sda', evidence(id, 0));
    await store.evidence.append('erase sdb', evidence(id, 1));
    await expect(activities().checkEvidence(about(id))).resolves.toBeUndefined();
  });

  test.each<[string, Partial<EraseEvidence> | undefined]>([
    ['has none', undefined],
    ['has one of a failure', { result: 'failed', reason: 'dd: error writing' }],
    ['has one of another disk', { disk: { ...live({ serial: 'S-9' }) } }],
  ])('not when one of two %s', async (why, second) => {
    const id = `m-1/release/${why.length}`;
    await planned(id);
    await store.evidence.append('erase sda', evidence(id, 0));
    if (second) await store.evidence.append('erase sdb', evidence(id, 1, second));
    await expect(activities().checkEvidence(about(id))).rejects.toMatchObject({
      code: 'ERASE_FAILED',
      message: 'Nothing shows that sdb (serial S-2) of m-1 was erased.',
    });
  });

  test('not by evidence of another release', async () => {
    await planned('m-1/release/50');
    await planned('m-1/release/51');
    for (const [index, step] of ['erase sda', 'erase sdb'].entries()) {
      await store.evidence.append(step, evidence('m-1/release/50', index));
    }
    await expect(activities().checkEvidence(about('m-1/release/51'))).rejects.toMatchObject({
      code: 'ERASE_FAILED',
    });
  });
});

describe('nothing is erased', () => {
  const step = { step: 'erase sda', deadlineMs: 1000 };
  test('after the machine was restarted', async () => {
    await planned('m-1/release/60');
    await store.operations.consumeIntent('m-1/release/60', 'b-1');
    await expect(
      activities().runEraseStep({ ...about('m-1/release/60', 'b-2'), ...step }),
    ).rejects.toMatchObject({ code: 'INTENT_USED' });
  });

  test('when the operation is over', async () => {
    await planned('m-1/release/61');
    await store.operations.record(operation('m-1/release/61', { version: 2, state: 'failed' }));
    await expect(activities().runEraseStep({ ...about('m-1/release/61'), ...step })).rejects.toMatchObject({
      code: 'INTENT_USED',
      message: expect.stringContaining('is over'),
    });
  });

  test('that is not in the plan', async () => {
    await planned('m-1/release/62');
    await expect(
      activities().runEraseStep({ ...about('m-1/release/62'), step: 'erase sdz', deadlineMs: 1 }),
    ).rejects.toThrow(/no step erase sdz/);
  });

  test('where nothing is asked for; and where that may not be, it is refused', async () => {
    const none = { ...about('m-1/release/63'), request: { erase: 'none' } } as const;
    await expect(activities().outlineErase(none)).resolves.toEqual([]);
    await expect(activities().demandErasure(none)).resolves.toBeUndefined();
    await expect(activities({ erasePolicy: 'always' }).demandErasure(none)).rejects.toMatchObject({
      code: 'EVIDENCE_REQUIRED',
    });
  });
});

describe('evidence is written once', () => {
  test('a second word about the same disk in the same boot changes nothing; another boot is another try', async () => {
    const id = 'm-2/release/1';
    const of = (values: Partial<EraseEvidence>) => evidence(id, 0, { machineId: 'm-2', ...values });
    await store.evidence.append('erase sda', of({ result: 'failed', reason: 'cut' }));
    await store.evidence.append('erase sda', of({ result: 'ok' }));
    await store.evidence.append('erase sda', of({ bootId: 'b-2' }));
    expect((await store.evidence.ofOperation(id)).map(({ result, bootId }) => [result, bootId])).toEqual([
      ['failed', 'b-1'],
      ['ok', 'b-2'],
    ]);
    expect((await store.evidence.ofMachine('m-2', 1)).map(({ bootId }) => bootId)).toEqual(['b-2']);
  });

  test('the first plan of an operation is the plan', async () => {
    const kept = await store.evidence.keepPlan('m-2/release/2', two);
    expect(await store.evidence.keepPlan('m-2/release/2', { ...two, disks: [] })).toEqual(kept);
  });
});
