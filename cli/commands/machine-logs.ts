import type { OperationView } from '../../api/index.ts';
import { type CommandSpec, text } from '../command.ts';
import { codedError } from '../command-error.ts';
import { findMachine } from '../find.ts';
import type { View } from '../output.ts';
import { clean } from '../text.ts';

interface LogLine {
  readonly step: string;
  readonly offset: number;
  readonly line: string;
}

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
    const path = `/v1/operations/${id.split('/').map(encodeURIComponent).join('/')}`;
    const { steps } = await session.api.get<OperationView>(path);
    const wanted = text(options, 'step');
    const lines: LogLine[] = [];
    for (const step of new Set(steps.map(({ name }) => name))) {
      if (wanted !== undefined && step !== wanted) continue;
      for (let after = 0; ; ) {
        const query = `step=${encodeURIComponent(step)}&after=${after}&limit=1000`;
        const page = await session.api.get<{ items: Omit<LogLine, 'step'>[]; next: number }>(
          `${path}/log?${query}`,
        );
        lines.push(...page.items.map((item) => ({ step, ...item })));
        after = page.next;
        if (page.items.length < 1000) break;
      }
    }
    await session.print(lines, view);
    return 0;
  },
};

const view: View<LogLine> = {
  name: ({ line }) => line,
  columns: [
    { title: 'STEP', cell: ({ step }) => step },
    { title: 'OFFSET', cell: ({ offset }) => String(offset), wide: true },
    { title: 'LINE', cell: ({ line }) => clean(line) },
  ],
};
