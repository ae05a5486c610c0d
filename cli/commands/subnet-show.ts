import type { Subnet } from '../../model/index.ts';
import type { CommandSpec } from '../command.ts';
import { subnetPage } from '../pages/subnet-view.ts';

export const command: CommandSpec = {
  description: 'One subnet: its addresses, who gives them, and what machines boot in it.',
  examples: ['rackwright subnet show rack1', 'rackwright subnet show rack1 -o yaml'],
  async run({ args, session }) {
    const subnet = await session.api.get<Subnet>(`/v1/subnets/${encodeURIComponent(args[0] as string)}`);
    await session.print([subnet], subnetPage, true);
    return 0;
  },
};
