import type { CommandSpec } from '../command.ts';
import { carryOut } from '../errand.ts';
import { machinePath } from '../find.ts';
import { writerFlags } from '../flags.ts';

export const command: CommandSpec = {
  description: 'Take a layer off machines again.',
  flags: writerFlags,
  examples: ['rackwright layer remove nginx r1-u1 --plan', 'rackwright layer remove nginx r1-u1 --yes'],
  async run({ args, options, session }) {
    const [layer = '', ...names] = args;
    return carryOut(session, names, options, {
      verb: `remove ${layer}`,
      isDestructive: true,
      foresee: async ({ name, deployment }) => ({
        machine: name,
        lines: [`loses layer ${layer}${deployment ? ` at ${deployment.address}` : ''}`],
      }),
      ask: ({ id }) => session.api.send('DELETE', machinePath(id, `/layers/${encodeURIComponent(layer)}`)),
    });
  },
};
