import { CodedError, type PowerDriverName } from '../model/index.ts';
import type { PowerDriver, PoweredMachine } from './driver.ts';

type Methods = Pick<
  PowerDriver,
  'bootFromNetworkOnce' | 'bootFromHttpOnce' | 'insertMedia' | 'ejectMedia' | 'closeToHost'
>;

/** What is left to a person, or to nobody, where the driver has no say in how the machine boots. */
export function withoutBootControl(driver: PowerDriverName, { name }: PoweredMachine): Methods {
  const asked = `Make the network the first boot device of ${name}, if it is not: ${driver} cannot order it for one start.`;
  return {
    bootFromNetworkOnce: () => Promise.resolve({ kind: 'asked', asked }),
    ...withoutHttpBoot(driver, name),
  };
}

export function withoutHttpBoot(driver: PowerDriverName, name: string): Omit<Methods, 'bootFromNetworkOnce'> {
  const refuse = (what: string) => () => Promise.reject(unsupported(name, `${driver} has no ${what}`));
  return {
    bootFromHttpOnce: refuse('boot from a URL'),
    insertMedia: refuse('virtual media'),
    ejectMedia: refuse('virtual media'),
    closeToHost: refuse('command that closes the BMC to the machine'),
  };
}

export function unsupported(name: string, why: string): CodedError {
  return new CodedError('POWER_UNSUPPORTED', `The power control of ${name} cannot do that: ${why}.`);
}
