import type { MachineView } from '../../api/index.ts';
import { type CommandSpec, text } from '../command.ts';
import { everyMachine } from '../every-machine.ts';
import type { View } from '../output.ts';
import { since } from '../text.ts';

interface Row {
  readonly machine: string;
  readonly layer: string;
  readonly version: string;
  readonly role: string;
  readonly since: string;
  readonly verifiedAt?: string;
}

export const command: CommandSpec = {
  description:
    'Which layers are on which machines, and when each last did what its users need. Without names: of all machines.',
  flags: [{ flags: '--layer <name>', description: 'only this layer' }],
  examples: ['rackwright layer status', 'rackwright layer status r1-u1 --layer docker -o json'],
  async run({ args, options, session }) {
    const wanted = text(options, 'layer');
    const machines = await everyMachine(session.api, args);
    const rows = machines.flatMap(rowsOf).filter(({ layer }) => wanted === undefined || layer === wanted);
    await session.print(rows, view(new Date()));
    if (rows.length === 0) session.say('No layer is laid.');
    return 0;
  },
};

function rowsOf({ name, layers }: MachineView): readonly Row[] {
  return layers.map(({ name: layer, version, role = '', since: laidAt, verifiedAt }) => ({
    machine: name,
    layer,
    version,
    role,
    since: laidAt,
    ...(verifiedAt !== undefined && { verifiedAt }),
  }));
}

const view = (now: Date): View<Row> => ({
  name: ({ machine, layer }) => `${machine}/${layer}`,
  columns: [
    { title: 'MACHINE', cell: ({ machine }) => machine },
    { title: 'LAYER', cell: ({ layer }) => layer },
    { title: 'VERSION', cell: ({ version }) => version },
    { title: 'ROLE', cell: ({ role }) => role },
    { title: 'LAID', cell: (row) => since(row.since, now) },
    { title: 'VERIFIED', cell: ({ verifiedAt }) => (verifiedAt === undefined ? '' : since(verifiedAt, now)) },
  ],
});
