import { codeOf, powerDriverTable } from '../model/index.ts';
import type { BmcAccess } from './address.ts';
import { type Confirming, confirmedPower } from './confirmed.ts';
import type { PowerDriver, PoweredMachine } from './driver.ts';
import type { Ipmitool } from './ipmitool.ts';
import { bmcError } from './ipmitool-errors.ts';
import type { ReadPasswords } from './passwords.ts';
import { withoutHttpBoot } from './unsupported.ts';

export interface IpmiPower extends Confirming {
  readonly access: BmcAccess;
  readonly machine: Pick<PoweredMachine, 'name' | 'firmware'>;
  readonly readPasswords: ReadPasswords;
  readonly ipmitool: Ipmitool;
}

export function ipmiDriver(power: IpmiPower): PowerDriver {
  const { access, ipmitool, machine } = power;
  const endpoint = `${access.host}:${access.port}`;

  const send = async (command: readonly string[], signal: AbortSignal | undefined): Promise<string> => {
    const [password, ...others] = await power.readPasswords();
    try {
      return await ipmitool(access, password, command, signal);
    } catch (error) {
      const [next] = others;
      if (!next || codeOf(error) !== 'BMC_LOGIN_REFUSED') throw error;
      return ipmitool(access, next, command, signal);
    }
  };

  const confirmed = confirmedPower(
    {
      endpoint,
      who: `The BMC at ${access.host}`,
      async read(signal) {
        const said = await send(['chassis', 'power', 'status'], signal);
        const state = /^Chassis Power is (on|off)\s*$/m.exec(said)?.[1];
        if (state === 'on' || state === 'off') return state;
        throw bmcError('BMC_COMMAND_FAILED', access.host, 'it tells no power state');
      },
      async order(action, signal) {
        await send(['chassis', 'power', action], signal);
      },
    },
    power,
  );
  const { command, alone, ...orders } = confirmed;
  return {
    can: powerDriverTable.ipmi.can,
    ...orders,
    bootFromNetworkOnce: alone(async ({ signal }) => {
      const options = machine.firmware === 'uefi' ? ['options=efiboot'] : [];
      await command(() => send(['chassis', 'bootdev', 'pxe', ...options], signal));
      return { kind: 'done', sent: true };
    }),
    ...withoutHttpBoot('ipmi', machine.name),
  };
}
