import type { InventoryView } from '../pages/inventory-lines.ts';
import { eraseLevels } from '../../model/index.ts';
import { type CommandSpec, text } from '../command.ts';
import { carryOut } from '../errand.ts';
import { machinePath, orNone } from '../find.ts';
import { writerFlags } from '../flags.ts';
import { bytes } from '../text.ts';

export const command: CommandSpec = {
  description:
    'Erase the disks of machines and make the machines free for others. Each disk leaves evidence: rackwright machine evidence NAME',
  flags: [
    {
      flags: '--erase <level>',
      description:
        'none; quick: signatures and both ends; secure: by the disk itself; full: all of it, read back',
      choices: eraseLevels,
      fallback: 'quick',
    },
    {
      flags: '--fallback <level>',
      description: 'what a disk gets that cannot do it (default: the release fails)',
      choices: ['quick', 'full'],
    },
    ...writerFlags,
  ],
  examples: [
    'rackwright machine release r1-u1 --plan',
    'rackwright machine release r1-u1 r1-u2 --erase secure --fallback full --yes',
    'rackwright machine release r1-u1 --erase none --yes',
  ],
  run({ args, options, session }) {
    const erase = text(options, 'erase') ?? 'quick';
    const fallback = text(options, 'fallback');
    return carryOut(session, args, options, {
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
              (disk) =>
                `${erase === 'none' ? 'keeps' : `erases (${erase})`} ${disk.name}, ${disk.model}, ${bytes(disk.size)}, serial ${disk.serial}`,
            ),
          ],
        };
      },
      ask: ({ id }) =>
        session.api.send('POST', machinePath(id, '/release'), { erase, ...(fallback && { fallback }) }),
    });
  },
};
