import type { CommandSpec } from '../command.ts';
import { findMachines, findSites, machinePath, orNone } from '../find.ts';
import type { InventoryView } from '../pages/inventory-lines.ts';
import { machinePage } from '../pages/machine-page.ts';
import { unservedSentence } from '../pages/site-view.ts';

export const command: CommandSpec = {
  description:
    'One page about a machine: what it is, what it does, what it waits for, what may be asked of it.',
  examples: ['rackwright machine show r1-u1', 'rackwright machine show r1-u1 -o json'],
  async run({ args, session }) {
    const machines = await findMachines(session.api, args);
    const items = await Promise.all(
      machines.map(async (machine) => {
        const found = await orNone(session.api.get<InventoryView>(machinePath(machine.id, '/inventory')));
        return { ...machine, ...(found && { inventory: found.inventory, inventoryAt: found.at }) };
      }),
    );
    const sites = await findSites(session.api);
    await session.print(
      items,
      {
        columns: [],
        name: ({ name }) => name,
        page: ({ inventory, inventoryAt, ...machine }) =>
          machinePage(
            machine,
            inventory && { inventory, at: inventoryAt as string },
            new Date(),
            unservedSentence(sites.get(machine.site), new Date()),
          ),
      },
      args.length === 1,
    );
    return 0;
  },
};
