import type { BmcQuirk } from '../faults/bmc.ts';
import type { SimMachine } from '../machine.ts';
import type { BmcState, ShownPower } from './documents.ts';
import { quirkOf, type ResetType, servedResetTypes } from './quirks.ts';

export interface Orders {
  /** What the BMC says about the power, true or not. */
  shown(): ShownPower;
  reset(type: string): Promise<{ readonly status: number; readonly why: string } | undefined>;
  /** @returns why it was refused */
  override(boot: unknown): string | undefined;
}

/** From what was asked of the BMC to what the machine does, through the quirks. */
export function createOrders(
  machine: SimMachine,
  quirks: () => readonly BmcQuirk[],
  state: BmcState,
): Orders {
  let moving: { readonly shown: ShownPower; readonly until: number } | undefined;
  let lie: ShownPower | undefined;

  const bootsAs = (): void => {
    const { override } = state;
    const isKept = override !== undefined && !quirkOf(quirks(), 'forgets-boot-override');
    machine.bootOnce(isKept ? (override.target === 'Hdd' ? 'disk' : 'network') : undefined);
    if (override?.enabled === 'Once') state.override = undefined;
  };
  const move = async (shown: ShownPower, deed: () => void | Promise<void>): Promise<void> => {
    const slow = quirkOf(quirks(), 'slow-transitions');
    if (!slow) return deed();
    moving = { shown, until: Date.now() + slow.ms };
    setTimeout(() => void deed(), slow.ms).unref();
  };
  const carryOut = async (type: ResetType): Promise<void> => {
    switch (type) {
      case 'On':
        bootsAs();
        return move('PoweringOn', () => machine.on());
      case 'ForceOff':
      case 'GracefulShutdown':
        return move('PoweringOff', () => machine.off());
      case 'ForceRestart':
      case 'GracefulRestart':
        bootsAs();
        return machine.reset();
      case 'PowerCycle':
        bootsAs();
        return machine.cycle();
    }
  };

  return {
    shown() {
      if (lie) return lie;
      if (moving && Date.now() < moving.until) return moving.shown;
      return machine.isOn ? 'On' : 'Off';
    },
    async reset(type) {
      const served = servedResetTypes(quirks()).find((each) => each === type);
      if (!served) return { status: 501, why: `${type} is not implemented.` };
      if (quirkOf(quirks(), 'lies')) lie = /Off|Shutdown/.test(type) ? 'Off' : 'On';
      if (quirkOf(quirks(), 'lies') || quirkOf(quirks(), 'ignores-orders')) return undefined;
      await carryOut(served);
      return undefined;
    },
    override(boot) {
      if (typeof boot !== 'object' || boot === null) return 'Boot is missing.';
      const { BootSourceOverrideTarget: target, BootSourceOverrideEnabled: enabled } = boot as Readonly<
        Record<string, unknown>
      >;
      if (enabled === 'Disabled' || target === 'None') {
        state.override = undefined;
        return undefined;
      }
      if (typeof target !== 'string' || !['Pxe', 'Hdd', 'Cd'].includes(target))
        return 'BootSourceOverrideTarget has a value that is not allowed.';
      if (enabled !== 'Once' && enabled !== 'Continuous')
        return 'BootSourceOverrideEnabled has a value that is not allowed.';
      if (enabled === 'Once' && quirkOf(quirks(), 'no-boot-once'))
        return 'BootSourceOverrideEnabled: Once is not supported.';
      state.override = { target, enabled };
      return undefined;
    },
  };
}
