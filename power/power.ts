import { createCipherZeroTest, createIpmitool } from './ipmitool.ts';
import { makeBmcPassword, type Adopting, type Adoption, adoptBmc, rotateInBand } from './adopt.ts';
import type { PowerParameters } from '../model/index.ts';
import { type PowerDriver, type PoweredMachine, type PowerTiming, usualTiming } from './driver.ts';
import { ipmiDriver } from './ipmi.ts';
import { libvirtDriver } from './libvirt.ts';
import { lxdDriver } from './lxd.ts';
import { manualDriver } from './manual.ts';
import { passwordsOf, type PowerSecrets, type ReadPasswords, secret } from './passwords.ts';
import { proxmoxDriver } from './proxmox.ts';
import { createReadSol, type Reading } from './sol.ts';
import type { BmcQueue } from './queue.ts';
import { redfishDriver } from './redfish/driver.ts';
import { createRedfishSessions } from './redfish/session.ts';
import { wakeOnLanDriver } from './wake-on-lan.ts';
import { unsupported } from './unsupported.ts';
import { webhookDriver } from './webhook.ts';
import { createOutbound, type OutboundRules } from '../outbound/index.ts';

export interface PowerDrivers {
  driverFor(parameters: PowerParameters, machine: PoweredMachine): PowerDriver;
  /** Finds the BMC from inside the machine, makes a user of ours on it and proves it from outside. */
  adopt(asked: Pick<Adopting, 'run' | 'password' | 'secretId'>): Promise<Adoption | undefined>;
  /** A new password for our user on that BMC. @returns whether there is such a user. */
  rotate(asked: Pick<Adopting, 'run'> & { readonly power: Adoption['power'] }): Promise<boolean>;
  /**
   * Reads the machine's console through its BMC until a line means something; undefined when none did in time.
   * @throws CodedError POWER_UNSUPPORTED where the driver carries no console
   */
  readConsole<Found>(
    parameters: PowerParameters,
    name: string,
    meaning: (line: string) => Found | undefined,
    reading: Reading,
  ): Promise<Found | undefined>;
  /** Ends the sessions that are open on BMCs. */
  close(): Promise<void>;
}

export interface PowerDependencies {
  /** One for the whole process: who makes two of them lets two commands at one BMC. */
  readonly queue: BmcQueue;
  readonly secrets: PowerSecrets;
  /** Where ipmitool and virsh are looked for. */
  readonly binDirectories?: readonly string[];
  readonly timing?: PowerTiming;
  /** Networks that webhooks may call beside the public Internet. */
  readonly outbound?: OutboundRules;
  /** Where LXD's own socket may be. */
  readonly lxdSockets?: readonly string[];
  /** HOME and XDG_RUNTIME_DIR for virsh. */
  readonly environment?: Readonly<Record<string, string>>;
}

export function createPower(dependencies: PowerDependencies): PowerDrivers {
  const { queue, secrets, binDirectories, timing = usualTiming } = dependencies;
  const { lxdSockets: sockets, environment = userEnvironment() } = dependencies;
  const ipmitool = createIpmitool(binDirectories);
  const testCipherZero = createCipherZeroTest(binDirectories);
  const readSol = createReadSol(binDirectories);
  const outbound = createOutbound(dependencies.outbound);
  const sessions = createRedfishSessions();

  const ipmi = (
    { address: host, port, username, cipherSuite }: Adoption['power'],
    machine: Pick<PoweredMachine, 'name' | 'firmware'>,
    readPasswords: ReadPasswords,
  ): PowerDriver => {
    const access = { host, port, username, cipherSuite };
    return ipmiDriver({ access, machine, readPasswords, ipmitool, queue, timing });
  };

  const driverFor = (parameters: PowerParameters, machine: PoweredMachine): PowerDriver => {
    const base = { machine, queue, timing };
    switch (parameters.driver) {
      case 'manual':
        return manualDriver(machine);
      case 'ipmi':
        return ipmi(parameters, machine, passwordsOf(secrets, parameters.passwordSecret, machine.name));
      case 'redfish': {
        const readPasswords = passwordsOf(secrets, parameters.secret, machine.name);
        return redfishDriver({ ...base, parameters, readPasswords, sessions });
      }
      case 'libvirt':
        return libvirtDriver({ ...base, parameters, directories: binDirectories, environment });
      case 'lxd': {
        const readKey = () => secret(secrets, parameters.secret, 'clientKey', machine.name);
        return lxdDriver({ ...base, parameters, readKey, sockets });
      }
      case 'proxmox': {
        const readToken = () => secret(secrets, parameters.secret, 'token', machine.name);
        return proxmoxDriver({ ...base, parameters, readToken });
      }
      case 'wake-on-lan':
        return wakeOnLanDriver(parameters, machine);
      case 'webhook': {
        const readToken = () => secrets.get(parameters.secret, 'token');
        return webhookDriver({ ...base, parameters, readToken, outbound });
      }
    }
  };

  // For a query neither name nor firmware matters. These failures are expected, and say nothing about the BMC.
  const prove: Adopting['prove'] = (power, password) =>
    ipmi(power, { name: 'the machine', firmware: 'uefi' }, () => Promise.resolve([password])).query();
  return {
    driverFor,
    adopt: (asked) =>
      adoptBmc({
        ...asked,
        secrets,
        prove,
        testCipherZero: (access) => testCipherZero(access, makeBmcPassword(16)),
      }),
    rotate: (asked) => rotateInBand({ ...asked, secretId: asked.power.passwordSecret, secrets, prove }),
    async readConsole(parameters, name, meaning, reading) {
      if (parameters.driver !== 'ipmi') throw unsupported(name, `${parameters.driver} carries no console`);
      const { address: host, port, username, cipherSuite, passwordSecret } = parameters;
      const [password] = await passwordsOf(secrets, passwordSecret, name)();
      const access = { host, port, username, cipherSuite };
      // In line with orders: it takes a minute, and looks at the power go on meanwhile.
      return queue.order(`${host}:${port}`, () => readSol(access, password, meaning, reading));
    },
    close: () => sessions.close(),
  };
}

/** By these virsh finds the libvirtd of the user who runs us. */
function userEnvironment(): Readonly<Record<string, string>> {
  const { HOME, XDG_RUNTIME_DIR } = process.env;
  return { ...(HOME !== undefined && { HOME }), ...(XDG_RUNTIME_DIR !== undefined && { XDG_RUNTIME_DIR }) };
}
