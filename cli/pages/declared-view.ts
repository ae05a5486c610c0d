import type { DeclaredView } from '../../api/index.ts';
import type { DeclaredMachine } from '../../model/index.ts';
import type { View } from '../output.ts';
import { renderPairs } from '../table.ts';
import { bytes } from '../text.ts';

export const declaredList: View<DeclaredView> = {
  name: ({ declared }) => declared.name,
  columns: [
    { title: 'NAME', cell: ({ declared }) => declared.name },
    { title: 'STATE', cell: stateWord },
    { title: 'MACHINE', cell: ({ seen }) => seen?.name ?? '' },
    { title: 'DIFFERENCES', cell: differenceWord },
    { title: 'SERIAL', cell: ({ declared }) => declared.serial ?? '' },
    { title: 'RACK', cell: ({ declared }) => place(declared) },
    { title: 'TAGS', cell: ({ declared }) => declared.tags.join(',') },
    { title: 'POLICY', cell: ({ declared }) => declared.onMismatch, wide: true },
    { title: 'MACS', cell: ({ declared }) => declared.macs.join(','), wide: true },
    { title: 'POWER', cell: ({ declared }) => declared.power?.driver ?? '', wide: true },
    { title: 'SITE', cell: ({ declared }) => declared.site ?? '', wide: true },
  ],
};

export const declaredPage: View<DeclaredView> = {
  ...declaredList,
  page: (view) => [
    `${view.declared.name}  ${stateWord(view)}`,
    ...renderPairs([
      ['serial', [view.declared.serial ?? 'any']],
      ['macs', view.declared.macs.length > 0 ? view.declared.macs : ['any']],
      ['place', [place(view.declared) || 'not said']],
      ['power', [view.declared.power?.driver ?? 'not said']],
      ['expected', expected(view.declared)],
      ['policy', [`${view.declared.onMismatch} when it differs`]],
      [
        'machine',
        [view.seen ? `${view.seen.name} (${view.seen.machineId}), ${view.seen.state}` : 'has not arrived'],
      ],
      ['differs', differs(view)],
    ]),
  ],
};

export function stateWord({ seen, conflict }: DeclaredView): string {
  if (conflict !== undefined) return 'Conflict';
  return seen?.state ?? 'Declared';
}

function differenceWord({ differences, conflict }: DeclaredView): string {
  if (conflict !== undefined) return conflict;
  return (differences ?? []).map(({ field }) => field).join(',');
}

function differs({ differences, conflict, seen }: DeclaredView): readonly string[] {
  if (conflict !== undefined) return [conflict];
  if (!seen) return ['nothing to compare yet'];
  if (!differences) return ['not commissioned yet'];
  if (differences.length === 0) return ['in nothing'];
  return differences.map(
    ({ field, expected: wanted, found, severity }) =>
      `${field}: ${wanted} expected, ${found} found (${severity})`,
  );
}

function place({ rack, unit, site }: DeclaredMachine): string {
  return [rack, unit === undefined ? undefined : `U${unit}`, site && `site ${site}`]
    .filter(Boolean)
    .join(' ');
}

function expected({ expects }: DeclaredMachine): readonly string[] {
  const { threads, sockets, memory, diskCount, diskSize, diskSerials } = expects;
  const lines = [
    threads !== undefined && `${threads} threads`,
    sockets !== undefined && `${sockets} sockets`,
    memory !== undefined && `${bytes(memory)} memory`,
    diskCount !== undefined && `${diskCount} disks`,
    diskSize !== undefined && `disks of ${bytes(diskSize)}`,
    diskSerials && `disks ${diskSerials.join(', ')}`,
  ].filter((line) => typeof line === 'string');
  return lines.length > 0 ? lines : ['nothing'];
}
