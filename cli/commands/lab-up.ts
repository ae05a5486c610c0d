import type { RackMachine } from '../../lab/index.ts';
import type { CommandSpec } from '../command.ts';
import { labFlags, labPlace } from '../lab.ts';
import type { View } from '../output.ts';

export const command: CommandSpec = {
  description:
    'Build a virtual rack on this computer: machines with real firmware and a BMC each, powered off, in a network of their own. Needs root. What stands already is left standing.',
  flags: labFlags,
  examples: ['rackwright lab up', 'rackwright lab up --name second'],
  async run({ options, session }) {
    const place = await labPlace(options);
    const { up } = await import('../../lab/index.ts');
    const { defaultMachines } = await import('../../lab/default-rack.ts');
    const rack = await up({ ...place, machines: defaultMachines(), report: (line) => session.say(line) });
    await session.print(rack.machines, view);
    return 0;
  },
};

const view: View<RackMachine> = {
  name: ({ name }) => name,
  columns: [
    { title: 'NAME', cell: ({ name }) => name },
    { title: 'FIRMWARE', cell: ({ firmware }) => firmware },
    { title: 'MAC', cell: ({ macs }) => macs[0] ?? '' },
    { title: 'BMC', cell: ({ bmc }) => `${bmc.address}:${bmc.port}` },
    { title: 'BMC USER', cell: ({ bmc }) => bmc.username },
    { title: 'BMC PASSWORD FILE', cell: ({ bmc }) => bmc.passwordFile },
    { title: 'CONSOLE', cell: ({ serialLog }) => serialLog, wide: true },
  ],
};
