import type { SiteView } from '../../api/index.ts';
import type { CommandSpec } from '../command.ts';
import { siteView } from '../pages/site-view.ts';

export const command: CommandSpec = {
  description: 'Sites, the racks that serve them now, and how much work waits there for a rack.',
  examples: ['rackwright site list', 'rackwright site list -o json'],
  async run({ session }) {
    const { items } = await session.api.get<{ items: SiteView[] }>('/v1/sites');
    await session.print(items, siteView);
    return 0;
  },
};
