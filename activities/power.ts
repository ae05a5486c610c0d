import { heartbeat } from '@temporalio/activity';
import type { PowerState } from '../model/index.ts';
import type { PowerDriver, PowerDrivers } from '../power/index.ts';
import type { Store } from '../store/index.ts';
import type { PowerActivities } from './types.ts';

export function powerActivities({ store, power }: { store: Store; power: PowerDrivers }): PowerActivities {
  return {
    async orderPower({ machine, action, bootId }) {
      // A try whose answer was lost: the machine is starting already, and another order would start it twice.
      const boot = bootId && (await store.boots.get(bootId));
      if (boot && (boot.signs.power || boot.signs.dhcp)) return { state: 'on' };
      const driver = power.driverFor(machine.power, machine);
      const beat = setInterval(() => heartbeat(), 5_000);
      try {
        const result =
          action === 'start-over-network' ? await startOverNetwork(driver) : await driver[action]();
        if (bootId) await store.boots.sign(bootId, 'power', new Date());
        const state: PowerState = result.asked ? 'unknown' : action === 'off' ? 'off' : 'on';
        return { state, ...(result.asked && { asked: result.asked }) };
      } finally {
        clearInterval(beat);
      }
    },
  };
}

/** One order that ends in a firmware start, whatever the machine does now. */
async function startOverNetwork(driver: PowerDriver): Promise<{ readonly asked?: string }> {
  await driver.bootFromNetworkOnce();
  const state = await driver.query();
  return state === 'on' ? driver.cycle() : driver.on();
}
