import { CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { commands } from '../../cli/commands.ts';
import { buildProgram, locate } from '../../cli/program.ts';
import type { Surroundings } from '../../cli/surroundings.ts';
import { errorTable } from '../../model/index.ts';

/** Whatever we tell people to type must be something that can be typed. */

const silent = { write: () => true, columns: 100 } as unknown as NodeJS.WriteStream;
const around: Surroundings = {
  env: {},
  uid: 1,
  home: '/',
  stdin: process.stdin,
  stdout: silent,
  stderr: silent,
};

/** @returns what commander finds wrong with the words. */
async function parse(line: string): Promise<string> {
  const words = line.trim().split(/\s+/);
  const wanted = locate(words);
  if (!wanted) return 'commander.unknownCommand';
  const { command } = await wanted.load();
  const program = buildProgram(wanted, command, async () => {}, around);
  try {
    await program.parseAsync(words, { from: 'user' });
    return '';
  } catch (error) {
    if (error instanceof CommanderError) return error.code;
    throw error;
  }
}

const examples = await Promise.all(commands.map(async ({ load }) => (await load()).command.examples));

test.each(examples.flat())('example: %s', async (line) => {
  const words = line.split('rackwright ').at(-1) as string;
  // A pipe gives the names as arguments.
  expect(await parse(line.includes('xargs') ? `${words} r1-u1` : words)).toBe('');
});

const advice = Object.entries(errorTable).flatMap(([code, { next }]) =>
  next.flatMap((line) =>
    [...line.matchAll(/rackwright ([^,`;]+?)(?=[,`;.]|$)/g)].map(
      (match) => [code, match[1] as string] as const,
    ),
  ),
);

test('the error table gives advice', () => expect(advice.length).toBeGreaterThan(20));

test.each(advice)('%s: rackwright %s', async (_code, words) => {
  // The table leaves out what the reader has to add, and a sentence may go on after the command. A name or flag that
  // there is not is found all the same.
  const harmless = [
    '',
    'commander.missingMandatoryOptionValue',
    'commander.helpDisplayed',
    'commander.excessArguments',
  ];
  expect(harmless).toContain(await parse(words));
});
