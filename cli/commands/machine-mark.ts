import type { MarkKind } from '../../model/index.ts';
import { type CommandSpec, text } from '../command.ts';
import { carryOut } from '../errand.ts';
import { machinePath } from '../find.ts';
import { writerFlags } from '../flags.ts';

interface Words {
  readonly verb: string;
  readonly description: string;
  /** What it does, for `--plan`. */
  readonly does: string;
  /** Asked of when no reason is given; undefined: a reason has to be given. */
  readonly reason?: string;
}

const words: Readonly<Record<MarkKind, Words>> = {
  lock: {
    verb: 'lock',
    description: 'Keep machines from being touched until they are unlocked, and say why.',
    does: 'nothing may be asked of it until it is unlocked',
  },
  unlock: {
    verb: 'unlock',
    description: 'Let operations be asked of machines again.',
    does: 'operations may be asked of it again',
    reason: 'no reason given',
  },
  'mark-broken': {
    verb: 'mark-broken',
    description: 'Set machines aside that somebody has to look at, and say why.',
    does: 'becomes Broken; nothing but rescue and power may be asked of it',
  },
  'mark-fixed': {
    verb: 'mark-fixed',
    description: 'Take broken or retired machines back: each becomes what it was before.',
    does: 'becomes what it was before it was set aside',
    reason: 'no reason given',
  },
  retire: {
    verb: 'retire',
    description: 'Take machines out of use. What is known of them is kept.',
    does: 'becomes Retired; its record is kept',
  },
  'override-failed': {
    verb: 'override-failed',
    description: 'Declare a failure harmless, and say why: the machine becomes what it was good for before.',
    does: 'the failure is set aside; it becomes what it was good for before',
  },
};

/** One command for each thing that people write down about machines. The machines themselves are not touched. */
export function markCommand(kind: MarkKind): CommandSpec {
  const { verb, description, does, reason: usual } = words[kind];
  return {
    description,
    flags: [
      {
        flags: '--reason <sentence>',
        description: 'why; it is shown to whoever asks',
        ...(usual === undefined && { required: true }),
      },
      ...writerFlags,
    ],
    examples: [
      `rackwright machine ${verb} r1-u1${usual === undefined ? ' --reason "fan 3 is loud"' : ''}`,
      `rackwright machine ${verb} r1-u1 --reason "CHG-411" --plan`,
    ],
    run({ args, options, session }) {
      const reason = text(options, 'reason') ?? usual;
      return carryOut(session, args, options, {
        verb,
        isDestructive: false,
        foresee: async ({ name, state }) => ({ machine: name, lines: [`is ${state}; ${does}`] }),
        ask: ({ id }) => session.api.send('POST', machinePath(id, `/marks/${kind}`), { reason }),
      });
    },
  };
}
