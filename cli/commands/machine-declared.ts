import type { DeclaredView } from '../../api/index.ts';
import { type CommandSpec, isSet } from '../command.ts';
import { usageError } from '../command-error.ts';
import { declaredList, declaredPage } from '../pages/declared-view.ts';

export const command: CommandSpec = {
  description:
    'Machines that were declared: which have arrived, and how they differ from what was written down.',
  flags: [
    { flags: '--forget', description: 'forget the declaration of that name; a machine that arrived stays' },
  ],
  examples: [
    'rackwright machine declared',
    'rackwright machine declared r1-u1',
    'rackwright machine declared r1-u1 --forget',
  ],
  async run({ args, options, session }) {
    const [name] = args;
    if (name === undefined) {
      if (isSet(options, 'forget')) throw usageError('--forget needs the name of one declaration');
      const { items } = await session.api.get<{ items: DeclaredView[] }>('/v1/declared');
      await session.print(items, declaredList);
      if (items.length === 0) session.say('None was declared: rackwright machine import FILE');
      return 0;
    }
    const method = isSet(options, 'forget') ? 'DELETE' : 'GET';
    const path = `/v1/declared/${encodeURIComponent(name)}`;
    await session.print([await session.api.send<DeclaredView>(method, path)], declaredPage, true);
    return 0;
  },
};
