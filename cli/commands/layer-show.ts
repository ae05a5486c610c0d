import type { CatalogueLayer } from '../../api/index.ts';
import type { CommandSpec } from '../command.ts';
import type { View } from '../output.ts';
import { clean } from '../text.ts';

export const command: CommandSpec = {
  description: 'One layer: its parameters, roles and secrets, and the systems that it is for.',
  examples: ['rackwright layer show nginx', 'rackwright layer show docker -o json'],
  async run({ args, session }) {
    const path = `/v1/layers/${encodeURIComponent(args[0] ?? '')}`;
    await session.print([await session.api.get<CatalogueLayer>(path)], layerView, true);
    return 0;
  },
};

/** JSON schema, as far as zod writes it of flat objects. */
interface Property {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly description?: string;
}

const layerView: View<CatalogueLayer> = { columns: [], name: ({ name }) => name, page: layerPage };

function layerPage({ name, version, summary, systems, conflicts, roles, secrets, schema }: CatalogueLayer) {
  const properties = Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, Property>>);
  const required = (schema['required'] ?? []) as readonly string[];
  const parts: readonly (readonly [string, readonly string[]])[] = [
    ['Parameters', properties.map(([key, property]) => parameterLine(key, property, required.includes(key)))],
    [
      'Roles, in their order',
      roles.map((role) => `${role.name}  ${countWord(role.min, role.max)}  ${role.does}`),
    ],
    [
      'Secrets',
      secrets.map(({ name: secret, does, from, optional }) => {
        const origin = from === 'generated' ? 'made by itself' : `yours: --secret-file ${secret}=FILE`;
        return `${secret}  ${does} (${origin}${optional ? ', optional' : ''})`;
      }),
    ],
  ];
  return [
    `${name} ${version}  ${summary}`,
    `Systems  ${systems.join(', ')}`,
    ...(conflicts.length > 0 ? [`Not with  ${conflicts.join(', ')}`] : []),
    ...parts.flatMap(([title, lines]) =>
      lines.length > 0 ? [title, ...lines.map((line) => `  ${line}`)] : [],
    ),
  ].map(clean);
}

function parameterLine(key: string, property: Property, isRequired: boolean): string {
  const kind = property.enum ? property.enum.join(' | ') : (property.type ?? 'text');
  const fallback = property.default === undefined ? '' : `, default ${JSON.stringify(property.default)}`;
  const about = property.description === undefined ? '' : `  ${property.description}`;
  return `${key}  ${kind}${isRequired && property.default === undefined ? ', required' : fallback}${about}`;
}

function countWord(min: number, max: number | undefined): string {
  if (min === max) return String(min);
  return max === undefined ? `${min} or more` : `${min} to ${max}`;
}
