import type { InventoryView } from '../pages/inventory-lines.ts';
import type { CommandSpec } from '../command.ts';
import { carryOut } from '../errand.ts';
import { machinePath, orNone } from '../find.ts';
import { writerFlags } from '../flags.ts';
import { bytes } from '../text.ts';

export const command: CommandSpec = {
  description: 'Erase machines and make them free for others. Everything on their disks is lost.',
  flags: writerFlags,
  examples: ['rackwright machine release r1-u1 --plan', 'rackwright machine release r1-u1 r1-u2 --yes'],
  run: ({ args, options, session }) =>
    carryOut(session, args, options, {
      verb: 'release',
      isDestructive: true,
      async foresee({ id, name, state, deployment, layers }) {
        const found = await orNone(session.api.get<InventoryView>(machinePath(id, '/inventory')));
        const disks = found?.inventory.disks.filter((disk) => !disk.readOnly && !disk.removable) ?? [];
        return {
          machine: name,
          lines: [
            `is ${state}; becomes Ready`,
            ...(deployment ? [`loses ${deployment.image} and its address ${deployment.address}`] : []),
            ...layers.map((layer) => `loses layer ${layer.name} ${layer.version}`),
            ...disks.map(
              (disk) => `erases ${disk.name}, ${disk.model}, ${bytes(disk.size)}, serial ${disk.serial}`,
            ),
          ],
        };
      },
      ask: ({ id }) => session.api.send('POST', machinePath(id, '/release')),
    }),
};
