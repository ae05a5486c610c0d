import type { CommandSpec } from '../command.ts';
import { carryOut } from '../errand.ts';
import { machinePath } from '../find.ts';
import { writerFlags } from '../flags.ts';

export const command: CommandSpec = {
  description: 'Use a layer that is laid as its users would, and leave nothing behind.',
  flags: writerFlags,
  examples: ['rackwright layer verify nginx r1-u1', 'rackwright layer verify docker r1-u1 r1-u2 --detach'],
  async run({ args, options, session }) {
    const [layer = '', ...names] = args;
    return carryOut(session, names, options, {
      verb: `verify ${layer}`,
      isDestructive: false,
      foresee: async ({ name, deployment }) => ({
        machine: name,
        lines: [`uses ${layer}${deployment ? ` at ${deployment.address}` : ''} as it was laid`],
      }),
      ask: ({ id }) => session.api.send('POST', machinePath(id, '/layers'), { layer, only: 'verify' }),
    });
  },
};
