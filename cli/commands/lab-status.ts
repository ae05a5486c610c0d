import type { RackStatus } from '../../lab/index.ts';
import type { CommandSpec } from '../command.ts';
import { exitStatus } from '../exit-status.ts';
import { labFlags, labPlace } from '../lab.ts';
import { renderTable } from '../table.ts';

export const command: CommandSpec = {
  description: 'What of the virtual rack is there: network, processes, machines and their power.',
  flags: labFlags,
  examples: ['rackwright lab status', 'rackwright lab status -o json'],
  async run({ options, session }) {
    const { name, directory } = await labPlace(options);
    const { status } = await import('../../lab/index.ts');
    const found = await status(name, directory);
    await session.print([found], { columns: [], name: () => name, page: (one) => page(name, one) }, true);
    return found.rack ? exitStatus.done : exitStatus.notFound;
  },
};

function page(name: string, { rack, network, processes, machines }: RackStatus): readonly string[] {
  if (!rack) return [`There is no rack ${name}. Build it: rackwright lab up`];
  return [
    `rack ${name}  ${rack.subnet}  namespace ${rack.namespace}${network ? '' : ' (gone)'}  ${rack.accelerator}  ${processes.length} processes`,
    `stream ${rack.streamUrl}  keys ${rack.streamKeyring}  proxy ${rack.packageProxyUrl}`,
    ...renderTable(
      ['NAME', 'POWER', 'FIRMWARE STARTS', 'BMC', 'CONSOLE'],
      machines.map((machine) => {
        const known = rack.machines.find((one) => one.name === machine.name);
        return [
          machine.name,
          machine.power,
          String(machine.firmwareStarts),
          known?.bmc.address ?? '',
          known?.serialLog ?? '',
        ];
      }),
    ),
  ];
}
