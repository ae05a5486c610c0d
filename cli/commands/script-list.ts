import type { CommandSpec } from '../command.ts';
import { type ScriptView, scriptView } from '../pages/script-view.ts';

export const command: CommandSpec = {
  description: 'Tests that are shipped, and scripts that were added.',
  examples: ['rackwright script list', 'rackwright script list -o wide'],
  async run({ session }) {
    const { items } = await session.api.get<{ items: ScriptView[] }>('/v1/scripts');
    await session.print(items, scriptView);
    return 0;
  },
};
