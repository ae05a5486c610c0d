import type { ScriptResult } from '../../model/index.ts';
import { type CommandSpec, isSet, text } from '../command.ts';
import { machinePath } from '../find.ts';
import { newestOfEach, resultView } from '../pages/result-view.ts';

export const command: CommandSpec = {
  description:
    'What scripts and tests found on a machine, a line a disk, card, or whatever they were about; of each the newest.',
  flags: [
    { flags: '--all', description: 'also what newer runs have replaced' },
    { flags: '--operation <id>', description: 'only of this operation' },
  ],
  examples: [
    'rackwright machine results r1-u1',
    'rackwright machine results r1-u1 --all -o wide',
    'rackwright machine results r1-u1 -o json',
  ],
  async run({ args, options, session }) {
    const operation = text(options, 'operation');
    const query = operation === undefined ? '' : `&operation=${encodeURIComponent(operation)}`;
    const path = machinePath(args[0] as string, `/results?limit=1000${query}`);
    const { items } = await session.api.get<{ items: ScriptResult[] }>(path);
    await session.print(isSet(options, 'all') ? items : newestOfEach(items), resultView);
    if (items.length === 0) session.say('None: no script and no test ran on it yet.');
    return 0;
  },
};
