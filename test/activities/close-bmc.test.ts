import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, it } from 'vitest';
import { powerActivities } from '../../activities/power.ts';
import { CodedError, codeOf } from '../../model/index.ts';
import type { HostInterface, PowerDriver, PowerDrivers } from '../../power/index.ts';
import type { Store } from '../../store/index.ts';
import { ownStore } from '../store/fixtures/own-store.ts';
import { machine } from '../store/records.ts';

/** docs/security.md, rule 20: what could not be closed is told, and a BMC that says nothing keeps no machine from its owner. */
let store: Store;
ownStore((made) => {
  store = made;
});

async function closing(
  operationId: string,
  ends: () => Promise<readonly HostInterface[]>,
  { attempt = 1, bmcHostInterface }: { attempt?: number; bmcHostInterface?: 'close' | 'leave' } = {},
) {
  const driver = { closeToHost: ends } as unknown as PowerDriver;
  const power = { driverFor: () => driver } as unknown as PowerDrivers;
  const activities = powerActivities({ store, power, ...(bmcHostInterface && { bmcHostInterface }) });
  const ended = await new MockActivityEnvironment({ attempt })
    .run(() => activities.closeBmc({ operationId, machine: machine('m-1') }))
    .catch(codeOf);
  const events = await store.events.after(0, { limit: 100 });
  return {
    ended,
    told: events.filter((event) => event.operationId === operationId).map(({ message }) => message),
  };
}

it('tells what was closed and what stays open, once, however often it is tried', async () => {
  const found: readonly HostInterface[] = [
    { name: '1', state: 'closed' },
    { name: '2', state: 'was-closed' },
    { name: '3', state: 'open', why: 'it answers 405' },
  ];
  for (const attempt of [1, 2]) {
    const { ended, told } = await closing('op/deploy/1', () => Promise.resolve(found), { attempt });
    expect(ended).toEqual({ closed: ['1', '2'], open: ['3'] });
    expect(told).toEqual([
      'The BMC of name-m-1 is closed to the machine: host interface 1 was switched off.',
      'The BMC of name-m-1 stays open to the machine: host interface 3: it answers 405',
    ]);
  }
});

it('tries three times where trying helps, then tells that all stays open', async () => {
  const silent = () => Promise.reject(new CodedError('BMC_UNREACHABLE', 'The BMC does not answer.'));
  for (const attempt of [1, 2]) {
    expect(await closing('op/deploy/2', silent, { attempt })).toEqual({ ended: 'BMC_UNREACHABLE', told: [] });
  }
  const { ended, told } = await closing('op/deploy/2', silent, { attempt: 3 });
  expect(ended).toEqual({ closed: [], open: ['all'] });
  expect(told).toEqual([
    'The BMC of name-m-1 stays open to the machine: host interface all: The BMC does not answer.',
  ]);
  const refused = () => Promise.reject(new CodedError('BMC_LOGIN_REFUSED', 'The BMC refuses the login.'));
  expect((await closing('op/deploy/3', refused)).ended).toEqual({ closed: [], open: ['all'] });
});

it('leaves it where that is what the service was started with', async () => {
  const { ended, told } = await closing('op/deploy/4', () => Promise.reject(new Error('spoken to')), {
    bmcHostInterface: 'leave',
  });
  expect({ ended, told }).toEqual({ ended: { closed: [], open: [] }, told: [] });
});
