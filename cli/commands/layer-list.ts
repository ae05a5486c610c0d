import type { CatalogueLayer } from '../../api/index.ts';
import type { CommandSpec } from '../command.ts';

export const command: CommandSpec = {
  description: 'Layers that can be laid on deployed machines.',
  examples: ['rackwright layer list', 'rackwright layer list -o json'],
  async run({ session }) {
    const { items } = await session.api.get<{ items: CatalogueLayer[] }>('/v1/layers');
    await session.print(items, {
      name: ({ name }) => name,
      columns: [
        { title: 'NAME', cell: ({ name }) => name },
        { title: 'VERSION', cell: ({ version }) => version },
        { title: 'SYSTEMS', cell: ({ systems }) => systems.join(', ') },
        { title: 'WHAT', cell: ({ summary }) => summary },
      ],
    });
    return 0;
  },
};
