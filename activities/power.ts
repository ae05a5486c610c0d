import { cancellationSignal, Context } from '@temporalio/activity';
import { canSwitch, CodedError, errorTable, type PowerAction, type PowerState } from '../model/index.ts';
import type { HostInterface, PowerDriver, PowerDrivers, PowerOutcome } from '../power/index.ts';
import type { Store } from '../store/index.ts';
import { beating } from './beating.ts';
import type { PowerActivities } from './types.ts';

/** A deployment does not wait for a BMC that answers nothing. */
const CLOSE_TRIES = 3;

type Order = PowerAction | 'start-over-network';

export function powerActivities({
  store,
  power,
  bmcHostInterface,
}: {
  readonly store: Store;
  readonly power: PowerDrivers;
  readonly bmcHostInterface?: 'close' | 'leave';
}): PowerActivities {
  return {
    async closeBmc({ operationId, machine }) {
      if (bmcHostInterface === 'leave') return { closed: [], open: [] };
      const note = async (message: string) => {
        if (!(await store.timeline.once(operationId, message))) return;
        const about = { at: new Date().toISOString(), machineId: machine.id, operationId };
        await store.events.append({ ...about, kind: 'power.note', message });
      };
      const driver = power.driverFor(machine.power, machine);
      const found = await beating(() => driver.closeToHost({ signal: cancellationSignal() })).catch(
        async (error: unknown): Promise<readonly HostInterface[]> => {
          const isFinal = Context.current().info.attempt >= CLOSE_TRIES;
          if (!(error instanceof CodedError) || (errorTable[error.code].retry === 'later' && !isFinal))
            throw error;
          return [{ name: 'all', state: 'open', why: error.message }];
        },
      );
      const named = (isOpen: boolean) => found.filter(({ state }) => (state === 'open') === isOpen);
      for (const { name } of found.filter(({ state }) => state === 'closed'))
        await note(
          `The BMC of ${machine.name} is closed to the machine: host interface ${name} was switched off.`,
        );
      for (const { name, why } of named(true))
        await note(`The BMC of ${machine.name} stays open to the machine: host interface ${name}: ${why}`);
      return { closed: named(false).map(({ name }) => name), open: named(true).map(({ name }) => name) };
    },

    async orderPower({ operationId, machine, action, bootId, occasion = bootId }) {
      // A try whose answer was lost: the machine is starting already, and another order would start it twice.
      const boot = bootId && (await store.boots.get(bootId));
      if (boot && (boot.signs.power || boot.signs.dhcp)) return { state: 'on' };
      const driver = power.driverFor(machine.power, machine);
      const done = effects(store, operationId, `${action} ${occasion ?? ''}`);
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

/** One firmware start, whatever the machine does now. */
async function offAndOn(driver: PowerDriver, done: Effects): Promise<PowerOutcome> {
  if (!(await done.has('off'))) {
    await driver.off();
    await done.note('off');
  }
  return driver.on();
}
