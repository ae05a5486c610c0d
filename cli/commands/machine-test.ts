import { type CommandSpec, isSet, texts } from '../command.ts';
import { usageError } from '../command-error.ts';
import { carryOut } from '../errand.ts';
import { machinePath } from '../find.ts';
import { writerFlags } from '../flags.ts';

export const command: CommandSpec = {
  description:
    'Run tests on machines in memory: those that are named, those with a tag, or else those tagged default. All of them run, also after one has failed.',
  flags: [
    { flags: '--script <name>', description: 'this test', repeats: true },
    { flags: '--tag <tag>', description: 'every test with this tag', repeats: true },
    {
      flags: '--param <key=value>',
      description: 'parameter of the tests, or of one: disk-read.mode=whole',
      repeats: true,
    },
    { flags: '--destructive', description: 'let tests write to disks: what is on them is lost' },
    ...writerFlags,
  ],
  examples: [
    'rackwright machine test r1-u1',
    'rackwright machine test r1-u1 --script disk-smart-short --param storage=S59ANX0R',
    'rackwright machine test r1-u1 --script disk-write-read --destructive --param mode=sampled --plan',
  ],
  run({ args, options, session }) {
    const scripts = texts(options, 'script');
    const tags = texts(options, 'tag');
    const destructive = isSet(options, 'destructive');
    const parameters = parametersFrom(texts(options, 'param'));
    const request = { scripts, ...(tags.length > 0 && { tags }), parameters, destructive };
    const what =
      [...scripts, ...tags.map((tag) => `those tagged ${tag}`)].join(', ') || 'those tagged default';
    return carryOut(session, args, options, {
      verb: 'test',
      isDestructive: destructive,
      foresee: async ({ name, state }) => ({
        machine: name,
        lines: [
          `is ${state}; boots into memory over the network unless it runs from there already`,
          `tests: ${what}`,
          destructive ? 'what is on the disks that are tested is lost' : 'its disks are only read',
        ],
      }),
      ask: ({ id }) => session.api.send('POST', machinePath(id, '/test'), request),
    });
  },
};

/** The values stay text: the header of a script says what they are. */
function parametersFrom(given: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    given.map((word) => {
      const [, key, value] = /^([A-Za-z0-9][A-Za-z0-9._-]*)=([^]*)$/.exec(word) ?? [];
      if (key === undefined || value === undefined)
        throw usageError(`--param ${word} is no parameter`, 'Write it like storage=SERIAL.');
      return [key, value] as const;
    }),
  );
}
