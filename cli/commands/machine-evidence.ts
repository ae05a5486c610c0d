import type { EraseEvidence } from '../../model/index.ts';
import type { CommandSpec } from '../command.ts';
import { machinePath } from '../find.ts';
import type { View } from '../output.ts';
import { bytes } from '../text.ts';

export const command: CommandSpec = {
  description: 'What shows that the disks of a machine were erased: how, when, and what was read back.',
  examples: ['rackwright machine evidence r1-u1', 'rackwright machine evidence r1-u1 -o json'],
  async run({ args, session }) {
    const path = machinePath(args[0] as string, '/evidence?limit=1000');
    const { items } = await session.api.get<{ items: EraseEvidence[] }>(path);
    await session.print(items, view);
    if (items.length === 0) session.say('None: no disk of it was erased by this service.');
    return 0;
  },
};

const view: View<EraseEvidence> = {
  name: ({ disk }) => disk.serial || disk.name,
  columns: [
    { title: 'DISK', cell: ({ disk }) => disk.name },
    { title: 'SERIAL', cell: ({ disk }) => disk.serial },
    { title: 'SIZE', cell: ({ disk }) => bytes(disk.size) },
    { title: 'LEVEL', cell: ({ level }) => level },
    { title: 'METHOD', cell: ({ method }) => method },
    { title: 'RESULT', cell: ({ result }) => result },
    { title: 'ENDED', cell: ({ endedAt }) => endedAt },
    { title: 'READ BACK', cell: readBack },
    { title: 'REASON', cell: ({ reason }) => reason ?? '' },
    { title: 'STARTED', cell: ({ startedAt }) => startedAt, wide: true },
    { title: 'MODEL', cell: ({ disk }) => disk.model, wide: true },
    { title: 'WWN', cell: ({ disk }) => disk.wwn, wide: true },
    { title: 'OPERATION', cell: ({ operationId }) => operationId, wide: true },
  ],
};

function readBack({ verified }: EraseEvidence): string {
  if (!verified) return 'nothing';
  const { blocks, bytes: read } = verified;
  return blocks === 0 ? `${bytes(read)} at both ends` : `${blocks} blocks and both ends`;
}
