import { isPlaceholderSerial, powerDriverTable } from '../model/index.ts';
import type { PowerDriver, PoweredMachine, PowerOutcome } from './driver.ts';
import { withoutHttpBoot } from './unsupported.ts';

/** Power by hand: every order becomes a sentence for a person, and the work goes on when the machine shows up. */
export function manualDriver(machine: PoweredMachine): PowerDriver {
  const which = describe(machine);
  return {
    can: powerDriverTable.manual.can,
    query: () => Promise.resolve('unknown'),
    on: ask(`Press the power button of ${which}.`),
    ...offByHand(machine),
    bootFromNetworkOnce: ask(`Choose network boot in the boot menu of ${which} at its next start.`),
    ...withoutHttpBoot('manual', machine.name),
  };
}

/** Also for who can switch on alone. */
export function offByHand(machine: PoweredMachine): Pick<PowerDriver, 'off' | 'cycle' | 'reset'> {
  const which = describe(machine);
  const again = ask(`Switch ${which} off and on again.`);
  return { off: ask(`Hold the power button of ${which} until it is off.`), cycle: again, reset: again };
}

function ask(sentence: string): () => Promise<PowerOutcome> {
  return () => Promise.resolve({ kind: 'asked', asked: sentence });
}

function describe({ name, identity }: PoweredMachine): string {
  // The serial comes from the machine itself: it is shown, so it may not write on terminals.
  const serial = identity.serial
    .replace(/[^\x20-\x7e]/g, '')
    .slice(0, 64)
    .trim();
  return isPlaceholderSerial(serial) ? name : `${name} (serial ${serial})`;
}
