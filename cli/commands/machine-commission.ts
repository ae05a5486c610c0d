import { describePower } from '../../model/index.ts';
import type { CommandSpec } from '../command.ts';
import { carryOut } from '../errand.ts';
import { machinePath } from '../find.ts';
import { writerFlags } from '../flags.ts';

export const command: CommandSpec = {
  description: 'Boot machines into memory and learn what they are. Their disks are only read.',
  flags: writerFlags,
  examples: [
    'rackwright machine commission r1-u1',
    'rackwright machine commission r1-u1 r1-u2 --detach',
    'rackwright machine list -o name | xargs rackwright machine commission',
  ],
  run: ({ args, options, session }) =>
    carryOut(session, args, options, {
      verb: 'commission',
      isDestructive: false,
      foresee: async ({ name, state, power }) => ({
        machine: name,
        lines: [
          `is ${state}; becomes Ready with a new inventory`,
          power.driver === 'manual'
            ? 'waits for somebody to press its power button'
            : `is powered on or restarted by ${describePower(power)}`,
          'boots into memory over the network; its disks are only read',
        ],
      }),
      ask: ({ id }) => session.api.send('POST', machinePath(id, '/commission')),
    }),
};
