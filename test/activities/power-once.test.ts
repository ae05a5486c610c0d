import { MockActivityEnvironment } from '@temporalio/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { powerActivities } from '../../activities/power.ts';
import { newBoot } from '../../boot/index.ts';
import type { MachineRecord, PowerAction } from '../../model/index.ts';
import type { PowerDriver } from '../../power/index.ts';
import type { Store } from '../../store/index.ts';
import { ownStore } from '../store/fixtures/own-store.ts';
import { mac, machine as machineRecord } from '../store/records.ts';

/**
 * An order whose worker died is tried again, and the machine must not notice: cut before and after each word to the
 * BMC, there is one firmware start in all. The BMC is a switch that counts; the store is real.
 */
let store: Store;
ownStore((made) => {
  store = made;
});

interface Switch {
  isOn: boolean;
  starts: number;
  resets: number;
}

/** A worker that dies: nothing after it happens in that try. */
class Death extends Error {}

function switchDriver(machine: Switch, cut: () => void): PowerDriver {
  const change = async (isOn: boolean) => {
    cut();
    if (machine.isOn !== isOn) {
      machine.isOn = isOn;
      if (isOn) machine.starts += 1;
    }
    cut();
    return { kind: 'done', sent: true } as const;
  };
  const unused = () => Promise.reject(new Error('not asked for here'));
  return {
    can: {
      query: 'yes',
      on: 'yes',
      off: 'yes',
      cycle: 'yes',
      reset: 'yes',
      bootFromNetworkOnce: 'yes',
      bootFromHttpOnce: 'no',
      media: 'no',
      closeToHost: 'no',
    },
    query: async () => (machine.isOn ? 'on' : 'off'),
    on: () => change(true),
    off: () => change(false),
    cycle: unused,
    async reset() {
      cut();
      machine.resets += 1;
      cut();
      return { kind: 'done', sent: true };
    },
    async bootFromNetworkOnce() {
      cut();
      return { kind: 'done', sent: true };
    },
    bootFromHttpOnce: unused,
    insertMedia: unused,
    ejectMedia: unused,
    closeToHost: unused,
  };
}

let number = 0;
let record: MachineRecord;
beforeEach(() => {
  number += 1;
  record = machineRecord(`m-once${number}`);
});

/** Tries until the order is carried out; the try number `n` dies at its `n`th word, when there is one. */
async function order(
  action: PowerAction | 'start-over-network',
  isOn: boolean,
  dieAt: number,
): Promise<{ machine: Switch; deaths: number }> {
  const machine: Switch = { isOn, starts: 0, resets: 0 };
  const boot = newBoot({ mac: mac(1), purpose: 'commission', image: 'debian/12' }, new Date(), 60_000);
  await store.boots.open(boot);
  const operationId = `${record.id}/power/${dieAt + 1}${isOn ? 1 : 2}`;
  let words = 0;
  let deaths = 0;
  const cut = () => {
    words += 1;
    if (words !== dieAt) return;
    deaths += 1;
    throw new Death();
  };
  const activities = powerActivities({
    store,
    power: { driverFor: () => switchDriver(machine, cut) } as never,
  });
  const ask = {
    operationId,
    machine: record,
    action,
    ...(action === 'start-over-network' && { bootId: boot.id }),
  };
  for (;;) {
    try {
      await new MockActivityEnvironment().run((given: typeof ask) => activities.orderPower(given), ask);
      return { machine, deaths };
    } catch (error) {
      if (!(error instanceof Death)) throw error;
    }
  }
}

describe.each(['cycle', 'start-over-network'] as const)('%s', (action) => {
  it.each([
    [true, 1],
    [false, 1],
  ])('of a machine that is on: %s is one firmware start, wherever its worker dies', async (isOn, starts) => {
    let died = 0;
    for (let dieAt = 0; dieAt <= 6; dieAt += 1) {
      const { machine, deaths } = await order(action, isOn, dieAt);
      expect(machine, `died at word ${dieAt}`).toEqual({ isOn: true, starts, resets: 0 });
      died += deaths;
    }
    expect(died).toBeGreaterThanOrEqual(4);
  });
});

describe('reset', () => {
  it('is sent once at most', async () => {
    for (let dieAt = 0; dieAt <= 3; dieAt += 1) {
      const { machine } = await order('reset', true, dieAt);
      expect(machine.resets).toBe(dieAt === 1 ? 0 : 1);
    }
  });
});
