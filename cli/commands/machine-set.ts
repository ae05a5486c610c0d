import type { MachineView } from '../../api/index.ts';
import { type CommandSpec, text } from '../command.ts';
import { usageError } from '../command-error.ts';
import { findMachine, machinePath } from '../find.ts';
import { machinePage } from '../pages/machine-page.ts';
import { powerFrom, powerFlags, hasSecret, isElsewhere } from '../power-parameters.ts';

export const command: CommandSpec = {
  description:
    'Change the name of a machine or how its power is switched. Passwords, tokens and keys come from files, are stored encrypted, and cannot be read back. They belong to one place: with another address they are forgotten. `rackwright power drivers` tells what each driver takes.',
  flags: [{ flags: '--name <name>', description: 'host name' }, ...powerFlags],
  examples: [
    'rackwright machine set m-8f2k1 --name r1-u1',
    'rackwright machine set r1-u1 --bmc-address 10.78.1.2 --bmc-user admin --bmc-password-file bmc.txt',
    'rackwright machine set r1-u1 --bmc-cipher-suite 3',
    'rackwright machine set r1-u1 --power redfish --bmc-address 10.78.1.2 --bmc-user admin --bmc-password-file bmc.txt',
    'rackwright machine set r1-u1 --power proxmox --power-parameter url=https://pve:8006 --power-parameter node=pve --power-parameter vm=100 --power-parameter tokenId=rw@pve!power --power-secret-file token=token.txt',
    'rackwright machine set r1-u1 --power manual',
  ],
  async run({ args, options, session }) {
    const machine = await findMachine(session.api, args[0] as string);
    const name = text(options, 'name');
    const power = await powerFrom(options, machine.power, session);
    if (name === undefined && !power)
      throw usageError('nothing to change: give --name, --power, or one of the --bmc and --power flags');
    const body = { ...(name !== undefined && { name }), ...(power && { power }) };
    const changed = await session.api.send<MachineView>('PATCH', machinePath(machine.id), body);
    if (power && !hasSecret(power) && isElsewhere(machine.power, changed.power)) {
      session.say(
        changed.power.driver === 'ipmi'
          ? 'The stored BMC password was forgotten: it was for another address. Give it again with --bmc-password-file.'
          : 'The stored secret was forgotten: it was for another place. Give it again with --power-secret-file.',
      );
    }
    await session.print(
      [changed],
      { columns: [], name: (one) => one.name, page: (one) => machinePage(one, undefined, new Date()) },
      true,
    );
    return 0;
  },
};
