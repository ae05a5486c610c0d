import type { PowerDriverView } from '../../api/index.ts';
import type { CommandSpec } from '../command.ts';

export const command: CommandSpec = {
  description:
    'Ways to switch the power of a machine: what each takes and what it can do. With -o json also the schema of the parameters. A parameter with * has to be given; a secret comes from a file.',
  examples: ['rackwright power drivers', 'rackwright power drivers -o json'],
  async run({ session }) {
    const { items } = await session.api.get<{ items: PowerDriverView[] }>('/v1/power/drivers');
    await session.print(items, {
      name: ({ name }) => name,
      columns: [
        { title: 'NAME', cell: ({ name }) => name },
        { title: 'PARAMETERS', cell: parameters },
        { title: 'SECRETS', cell: ({ secrets }) => secrets.join(', ') },
        { title: 'CAN', cell: abilities },
        { title: 'WHAT', cell: ({ sentence }) => sentence, wide: true },
      ],
    });
    return 0;
  },
};

function parameters({ parameters: schema, secrets }: PowerDriverView): string {
  const required = (schema['required'] ?? []) as readonly string[];
  const names = Object.keys(schema['properties'] ?? {}).filter((name) => !secrets.includes(name));
  return names.map((name) => (required.includes(name) ? `${name}*` : name)).join(' ');
}

function abilities({ can }: PowerDriverView): string {
  return Object.entries(can)
    .filter(([, how]) => how === 'yes' || how === 'if-served')
    .map(([what, how]) => (how === 'yes' ? what : `(${what})`))
    .join(' ');
}
