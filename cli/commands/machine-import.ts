import { readFile } from 'node:fs/promises';
import { type CommandSpec, isSet } from '../command.ts';
import { usageError } from '../command-error.ts';
import { canAsk, confirm } from '../confirm.ts';
import type { View } from '../output.ts';

interface Change {
  readonly name: string;
  readonly change: 'create' | 'change' | 'unchanged';
  readonly fields: readonly string[];
}

export const command: CommandSpec = {
  description:
    'Declare machines that should arrive, from a YAML or CSV file: all of them or none. Known names are replaced.',
  flags: [
    {
      flags: '--format <format>',
      description: 'of the file; default: by its name',
      choices: ['yaml', 'csv'],
    },
    { flags: '--plan', description: 'only show what would change' },
    { flags: '--yes', description: 'do not ask' },
  ],
  examples: [
    'rackwright machine import rack1.yaml --plan',
    'rackwright machine import rack1.csv --yes',
    'rackwright machine import machines.txt --format yaml',
  ],
  async run({ args, options, session }) {
    const file = args[0] as string;
    const body = { format: formatOf(file, options['format']), text: await textOf(file) };
    const ask = (plan: boolean) =>
      session.api.send<{ changes: readonly Change[] }>('POST', '/v1/declared/import', { ...body, plan });
    const { changes } = await ask(true);
    const different = changes.filter(({ change }) => change !== 'unchanged');
    if (isSet(options, 'plan') || different.length === 0) {
      await session.print(changes, view);
      return 0;
    }
    if (!isSet(options, 'yes')) {
      if (!canAsk(session))
        throw usageError(
          'there is no terminal to ask on',
          'See what it would change: add --plan',
          'Do it without a question: add --yes',
        );
      for (const { name, change, fields } of different)
        session.say(`${change} ${name}${fields.length > 0 ? `: ${fields.join(', ')}` : ''}`);
      if (!(await confirm(session, `Declare ${different.length} of ${changes.length} machines?`))) return 1;
    }
    await session.print((await ask(false)).changes, view);
    return 0;
  },
};

const view: View<Change> = {
  name: ({ name }) => name,
  columns: [
    { title: 'NAME', cell: ({ name }) => name },
    { title: 'CHANGE', cell: ({ change }) => change },
    { title: 'FIELDS', cell: ({ fields }) => fields.join(',') },
  ],
};

function formatOf(file: string, given: unknown): 'yaml' | 'csv' {
  if (given === 'yaml' || given === 'csv') return given;
  if (/\.ya?ml$/i.test(file)) return 'yaml';
  if (/\.csv$/i.test(file)) return 'csv';
  throw usageError(`${file} is neither .yaml nor .csv`, 'Say what it is: --format yaml or --format csv');
}

async function textOf(file: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (error) {
    const { code } = error as { code?: string };
    throw usageError(
      code === 'ENOENT' ? `there is no file ${file}` : `${file} cannot be read: ${(error as Error).message}`,
    );
  }
}
