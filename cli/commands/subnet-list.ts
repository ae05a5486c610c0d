import type { Subnet } from '../../model/index.ts';
import type { CommandSpec } from '../command.ts';
import { subnetList } from '../pages/subnet-view.ts';

export const command: CommandSpec = {
  description: 'Subnets in which machines are served.',
  examples: ['rackwright subnet list', 'rackwright subnet list -o wide'],
  async run({ session }) {
    const { items } = await session.api.get<{ items: Subnet[] }>('/v1/subnets');
    await session.print(items, subnetList);
    return 0;
  },
};
