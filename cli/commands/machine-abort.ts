import { type CommandSpec, text } from '../command.ts';
import { carryOut } from '../errand.ts';
import { machinePath } from '../find.ts';
import { writerFlags } from '../flags.ts';
import { since } from '../text.ts';

export const command: CommandSpec = {
  description:
    'Stop what is at work on machines. What was begun on a disk stays begun: deploy or release the machine again.',
  flags: [{ flags: '--reason <sentence>', description: 'why; it is shown to whoever asks' }, ...writerFlags],
  examples: ['rackwright machine abort r1-u1', 'rackwright machine abort r1-u1 --reason "wrong image" --yes'],
  run: ({ args, options, session }) =>
    carryOut(session, args, options, {
      verb: 'abort',
      isDestructive: true,
      wants: 'ABORTED',
      async foresee({ name, operation, state }) {
        const isAtWork = operation?.state === 'running';
        const line = isAtWork
          ? `stops ${operation.kind}, at work for ${since(operation.startedAt, new Date())}`
          : `is ${state}; nothing is at work, and nothing will be stopped`;
        return { machine: name, lines: [line] };
      },
      ask: ({ id }) =>
        session.api.send('POST', machinePath(id, '/abort'), {
          reason: text(options, 'reason') ?? 'no reason given',
        }),
    }),
};
