import type { PowerAction, PowerState } from '../model/index.ts';
import type { PowerDriver, PowerDrivers, PowerOutcome } from '../power/index.ts';
import type { Store } from '../store/index.ts';
import { beating } from './beating.ts';
import type { PowerActivities } from './types.ts';

type Order = PowerAction | 'start-over-network';

export function powerActivities({ store, power }: { store: Store; power: PowerDrivers }): PowerActivities {
  return {
    async orderPower({ operationId, machine, action, bootId }) {
      // A try whose answer was lost: the machine is starting already, and another order would start it twice.
      const boot = bootId && (await store.boots.get(bootId));
      if (boot && (boot.signs.power || boot.signs.dhcp)) return { state: 'on' };
      const driver = power.driverFor(machine.power, machine);
      const done = effects(store, operationId, `${action} ${bootId ?? ''}`);
      const result = await beating(() => carryOut(driver, action, done));
      if (bootId) await store.boots.sign(bootId, 'power', new Date());
      if (result.kind === 'done' && result.note !== undefined) {
        const at = new Date().toISOString();
        await store.events.append({
          at,
          kind: 'power.note',
          machineId: machine.id,
          operationId,
          message: result.note,
        });
      }
      const isTold = result.kind === 'done' && !result.unconfirmed;
      const state: PowerState = isTold ? (action === 'off' ? 'off' : 'on') : 'unknown';
      return { state, ...(result.asked && { asked: result.asked }) };
    },
  };
}

/** What an order of this operation has done already, in this try or one before. */
interface Effects {
  has(effect: string): Promise<boolean>;
  /** @returns false when it was noted before. */
  note(effect: string): Promise<boolean>;
}

function effects({ timeline }: Store, operationId: string, order: string): Effects {
  return {
    has: (effect) => timeline.has(operationId, `${order}: ${effect}`),
    note: (effect) => timeline.once(operationId, `${order}: ${effect}`),
  };
}

const nothing: PowerOutcome = { kind: 'done', sent: false };

/** Each order once, however often it is tried: `on` and `off` ask for a state, the others remember how far they came. */
async function carryOut(driver: PowerDriver, order: Order, done: Effects): Promise<PowerOutcome> {
  switch (order) {
    case 'on':
      return driver.on();
    case 'off':
      return driver.off();
    case 'reset':
      // Noted first: a reset leaves no trace, and one too few does less harm than one too many.
      return driver.can.reset !== 'yes' || (await done.note('sent')) ? driver.reset() : nothing;
    case 'cycle':
      return canSwitch(driver) ? offAndOn(driver, done) : driver.cycle();
    case 'start-over-network': {
      if ((await done.has('off')) && (await driver.query()) === 'on') return nothing;
      if (driver.can.bootFromNetworkOnce !== 'no') await driver.bootFromNetworkOnce();
      // Without a way to switch it off, it is taken to be off: a machine that runs shows itself by not starting.
      return canSwitch(driver) ? offAndOn(driver, done) : driver.on();
    }
  }
}

function canSwitch({ can }: PowerDriver): boolean {
  return can.on === 'yes' && can.off === 'yes';
}

/** One firmware start, whatever the machine does now. */
async function offAndOn(driver: PowerDriver, done: Effects): Promise<PowerOutcome> {
  if (!(await done.has('off'))) {
    await driver.off();
    await done.note('off');
  }
  return driver.on();
}
