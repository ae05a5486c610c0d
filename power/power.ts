import { CodedError, type PowerParameters, type Secret } from '../model/index.ts';
import { type Adopting, type Adoption, adoptBmc } from './adopt.ts';
import type { PowerDriver, PoweredMachine } from './driver.ts';
import { type IpmiTiming, ipmiDriver } from './ipmi.ts';
import { createIpmitool } from './ipmitool.ts';
import { manualDriver } from './manual.ts';
import type { BmcQueue } from './queue.ts';

export interface PowerDrivers {
  driverFor(parameters: PowerParameters, machine: PoweredMachine): PowerDriver;
  /** Finds the BMC from inside the machine, makes a user of ours on it and proves it from outside. */
  adopt(asked: Omit<Adopting, 'prove'>): Promise<Adoption | undefined>;
}

export interface PowerDependencies {
  /** One for the whole process: who makes two of them lets two commands at one BMC. */
  readonly queue: BmcQueue;
  readonly secrets: { get(id: string, field: string): Promise<Secret | undefined> };
  /** Where ipmitool is looked for. */
  readonly binDirectories?: readonly string[];
  readonly timing?: IpmiTiming;
}

export function createPower(dependencies: PowerDependencies): PowerDrivers {
  const { queue, secrets, binDirectories, timing } = dependencies;
  const ipmitool = createIpmitool(binDirectories);

  const driverFor = (parameters: PowerParameters, machine: PoweredMachine): PowerDriver => {
    switch (parameters.driver) {
      case 'manual':
        return manualDriver(machine);
      case 'ipmi': {
        const { address: host, port, username, cipherSuite, passwordSecret } = parameters;
        const readPassword = async () => {
          const password = await secrets.get(passwordSecret, 'password');
          if (password) return password;
          const message = `No password is kept for the BMC of ${machine.name}.`;
          throw new CodedError('BMC_LOGIN_REFUSED', message, { secret: passwordSecret });
        };
        const access = { host, port, username, cipherSuite };
        const { firmware } = machine;
        return ipmiDriver({ access, firmware, readPassword, ipmitool, queue, ...(timing && { timing }) });
      }
    }
  };
  // For a query neither name nor firmware matters.
  const nobody: PoweredMachine = { name: 'the machine', firmware: 'uefi', identity: { serial: '' } };
  const prove = (power: PowerParameters) => driverFor(power, nobody).query();
  return { driverFor, adopt: (asked) => adoptBmc({ ...asked, prove }) };
}
