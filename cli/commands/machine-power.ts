import { type PowerAction, powerActions } from '../../model/index.ts';
import type { CommandSpec } from '../command.ts';
import { usageError } from '../command-error.ts';
import { carryOut } from '../errand.ts';
import { machinePath } from '../find.ts';
import { writerFlags } from '../flags.ts';
import { since } from '../text.ts';

export const command: CommandSpec = {
  description: 'Switch the power of machines: on, off, cycle (off, then on), reset (without going off).',
  flags: writerFlags,
  examples: ['rackwright machine power r1-u1 on', 'rackwright machine power r1-u1 r1-u2 cycle --yes'],
  async run({ args, options, session }) {
    const action = args.at(-1) as PowerAction;
    const names = args.slice(0, -1);
    if (!powerActions.includes(action) || names.length === 0) {
      throw usageError(
        `${args.join(' ')}: the last word must be one of ${powerActions.join(', ')}`,
        'rackwright machine power NAME cycle',
      );
    }
    return carryOut(session, names, options, {
      verb: `power ${action}`,
      isDestructive: action !== 'on',
      foresee: async ({ name, observedPower, deployment }) => ({
        machine: name,
        lines: [
          `power is ${observedPower.state}, seen ${since(observedPower.at, new Date())} ago`,
          ...(action !== 'on' && deployment
            ? [`interrupts ${deployment.image} at ${deployment.address}`]
            : []),
        ],
      }),
      ask: ({ id }) => session.api.send('POST', machinePath(id, '/power'), { action }),
    });
  },
};
