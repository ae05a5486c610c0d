import type { ApiClient } from './api-client.ts';
import type { View } from './output.ts';
import { clean } from './text.ts';

export interface LogLine {
  readonly step: string;
  readonly offset: number;
  readonly line: string;
}

const PAGE = 1000;

/** All that these steps of an operation wrote, in their order. */
export async function readLog(
  api: ApiClient,
  operationId: string,
  steps: readonly string[],
): Promise<readonly LogLine[]> {
  const lines: LogLine[] = [];
  for (const step of steps) {
    for (let after = 0; ; ) {
      const query = `step=${encodeURIComponent(step)}&after=${after}&limit=${PAGE}`;
      const page = await api.get<{ items: Omit<LogLine, 'step'>[]; next: number }>(
        `${operationPath(operationId)}/log?${query}`,
      );
      lines.push(...page.items.map((item) => ({ step, ...item })));
      after = page.next;
      if (page.items.length < PAGE) break;
    }
  }
  return lines;
}

export function operationPath(id: string): string {
  return `/v1/operations/${id.split('/').map(encodeURIComponent).join('/')}`;
}

export const logView: View<LogLine> = {
  name: ({ line }) => line,
  columns: [
    { title: 'STEP', cell: ({ step }) => step },
    { title: 'OFFSET', cell: ({ offset }) => String(offset), wide: true },
    { title: 'LINE', cell: ({ line }) => clean(line) },
  ],
};
