import type { CommandSpec } from '../command.ts';
import { findMachines, findSites, machinePath, orNone } from '../find.ts';
import { type BootView, whyPage } from '../pages/why-page.ts';
import { unservedSentence } from '../pages/site-view.ts';
import { painter } from '../style.ts';

export const command: CommandSpec = {
  description:
    'Why is a machine slow or stuck? The signs of life of its last boot, the first that is missing, and its usual causes.',
  examples: ['rackwright machine why r1-u1', 'rackwright machine why r1-u1 -o json'],
  async run({ args, session }) {
    const machines = await findMachines(session.api, args);
    const items = await Promise.all(
      machines.map(async (machine) => {
        const evidence = await orNone(session.api.get<BootView>(machinePath(machine.id, '/boot')));
        return { machine, ...(evidence && { evidence }) };
      }),
    );
    const sites = await findSites(session.api);
    const paint = painter(session.color && session.around.stdout.isTTY);
    await session.print(
      items,
      {
        columns: [],
        name: ({ evidence, machine }) => evidence?.firstDarkRung ?? machine.name,
        page: ({ machine, evidence }) =>
          whyPage(
            machine,
            evidence,
            new Date(),
            paint,
            unservedSentence(sites.get(machine.site), new Date()),
          ),
      },
      args.length === 1,
    );
    return 0;
  },
};
