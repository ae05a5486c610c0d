import type { ScriptResult } from '../../model/index.ts';
import type { View } from '../output.ts';
import { duration } from '../text.ts';

export const resultView: View<ScriptResult> = {
  name: ({ step }) => step,
  columns: [
    { title: 'PART', cell: partWords },
    { title: 'SCRIPT', cell: ({ script }) => script },
    { title: 'VERDICT', cell: ({ verdict }) => verdict },
    {
      title: 'TOOK',
      cell: ({ startedAt, endedAt }) => duration(Date.parse(endedAt) - Date.parse(startedAt)),
    },
    { title: 'ENDED', cell: ({ endedAt }) => endedAt.replace(/\.\d+Z$/, 'Z') },
    { title: 'SAYS', cell: (result) => result.reason ?? valueWords(result) },
    { title: 'STATUS', cell: ({ exitCode }) => (exitCode === undefined ? '' : String(exitCode)), wide: true },
    { title: 'VERSION', cell: ({ sha256 }) => sha256.slice(0, 12), wide: true },
    { title: 'OPERATION', cell: ({ operationId }) => operationId, wide: true },
  ],
};

function partWords({ target, hardware }: ScriptResult): string {
  switch (target?.kind) {
    case 'disk':
      return `disk ${target.name} ${target.serial}`.trim();
    case 'nic':
      return `card ${target.name}`;
    case 'cpu':
      return 'processors';
    case 'memory':
      return 'memory';
    case undefined:
      return hardware === 'node' ? 'machine' : hardware;
  }
}

function valueWords({ values }: ScriptResult): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(',') : String(value)}`)
    .join(', ');
}

/** Of each script on each part the newest; the given are newest first. */
export function newestOfEach(results: readonly ScriptResult[]): readonly ScriptResult[] {
  const newest = new Map<string, ScriptResult>();
  for (const result of results) {
    const { target } = result;
    // A disk keeps its serial when it gets another name.
    const part =
      target?.kind === 'disk' ? target.serial || target.wwn || target.name : target && partWords(result);
    const key = JSON.stringify([result.script, part]);
    if (!newest.has(key)) newest.set(key, result);
  }
  return [...newest.values()];
}
