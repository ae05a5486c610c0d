import type { OperationView } from '../../api/index.ts';
import type { CommandSpec } from '../command.ts';
import { codedError } from '../command-error.ts';
import { findMachine, machinePath } from '../find.ts';
import { logView, readLog } from '../step-log.ts';

export const command: CommandSpec = {
  description: 'What the steps of a layer wrote when it was last laid, used or taken away on a machine.',
  examples: ['rackwright layer logs docker r1-u1', 'rackwright layer logs devstack r1-u1 -o jsonl'],
  async run({ args, session }) {
    const [layer = '', name = ''] = args;
    const machine = await findMachine(session.api, name);
    const { items } = await session.api.get<{ items: OperationView[] }>(
      machinePath(machine.id, '/operations?limit=50'),
    );
    const ofLayer = ({ steps }: OperationView) =>
      steps.map((step) => step.name).filter((step) => step.startsWith(`${layer}: `));
    const last = items.find((operation) => ofLayer(operation).length > 0);
    if (!last)
      throw codedError('NOT_FOUND', `none of the last operations of ${machine.name} was about ${layer}`);
    await session.print(await readLog(session.api, last.id, ofLayer(last)), logView);
    return 0;
  },
};
