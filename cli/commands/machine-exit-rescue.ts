import { runsItsSystem } from '../../model/index.ts';
import type { CommandSpec } from '../command.ts';
import { carryOut } from '../errand.ts';
import { machinePath } from '../find.ts';
import { writerFlags } from '../flags.ts';

export const command: CommandSpec = {
  description:
    'Leave the rescue system: what was deployed is started again, any other machine is switched off.',
  flags: writerFlags,
  examples: ['rackwright machine exit-rescue r1-u1 --yes'],
  run: ({ args, options, session }) =>
    carryOut(session, args, options, {
      verb: 'exit-rescue',
      isDestructive: true,
      async foresee({ name, state, aside }) {
        const before = aside?.at(-1) ?? 'New';
        const then = runsItsSystem(before) ? 'its installed system is started' : 'it is switched off';
        return { machine: name, lines: [`is ${state}; becomes ${before}; ${then}`] };
      },
      ask: ({ id }) => session.api.send('POST', machinePath(id, '/exit-rescue')),
    }),
};
