import type { OperationView } from '../../api/index.ts';
import { type CommandSpec, text } from '../command.ts';
import { codedError } from '../command-error.ts';
import { findMachine } from '../find.ts';
import { logView, operationPath, readLog } from '../step-log.ts';

export const command: CommandSpec = {
  description:
    'What the steps of an operation wrote while they worked. Without --operation: of the last one.',
  flags: [
    { flags: '--step <name>', description: 'only this step' },
    { flags: '--operation <id>', description: 'an earlier operation, such as m-8f2k1/deploy/1' },
  ],
  examples: ['rackwright machine logs r1-u1', 'rackwright machine logs r1-u1 --step install -o jsonl'],
  async run({ args, options, session }) {
    const machine = await findMachine(session.api, args[0] as string);
    const id = text(options, 'operation') ?? machine.operationId;
    if (id === undefined) throw codedError('NOT_FOUND', `nothing was asked of ${machine.name} yet`);
    const { steps } = await session.api.get<OperationView>(operationPath(id));
    const wanted = text(options, 'step');
    const names = new Set(steps.map(({ name }) => name));
    const lines = await readLog(
      session.api,
      id,
      [...names].filter((name) => wanted === undefined || name === wanted),
    );
    await session.print(lines, logView);
    return 0;
  },
};
