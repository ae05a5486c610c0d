import type { CommandSpec } from '../command.ts';
import { type ScriptView, scriptPage } from '../pages/script-view.ts';

export const command: CommandSpec = {
  description: 'One script: what its header says, and its text.',
  examples: ['rackwright script show cpu-load', 'rackwright script show cpu-load -o json'],
  async run({ args, session }) {
    const path = `/v1/scripts/${encodeURIComponent(args[0] as string)}`;
    await session.print([await session.api.get<ScriptView>(path)], scriptPage, true);
    return 0;
  },
};
