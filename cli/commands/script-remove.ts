import type { CommandSpec } from '../command.ts';
import { clean } from '../text.ts';

export const command: CommandSpec = {
  description: 'Remove scripts. What they found on machines is kept, and what runs goes on.',
  examples: ['rackwright script remove check-raid'],
  async run({ args, session }) {
    for (const name of args) {
      await session.api.send('DELETE', `/v1/scripts/${encodeURIComponent(name)}`);
      session.say(`${clean(name)} is removed.`);
    }
    return 0;
  },
};
