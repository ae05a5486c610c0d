import type { DeclaredFile } from './declared-file.ts';
import { faultAt } from './fault.ts';
import { readCsv } from './read-csv.ts';

/** Where a column goes, and whether its cell holds several words. `power.*` is any parameter of the power driver. */
const columns: Readonly<
  Record<string, { readonly path: readonly string[]; readonly is: 'text' | 'number' | 'words' }>
> = {
  name: { path: ['name'], is: 'text' },
  serial: { path: ['serial'], is: 'text' },
  macs: { path: ['macs'], is: 'words' },
  site: { path: ['site'], is: 'text' },
  rack: { path: ['rack'], is: 'text' },
  unit: { path: ['unit'], is: 'number' },
  tags: { path: ['tags'], is: 'words' },
  threads: { path: ['expects', 'threads'], is: 'number' },
  sockets: { path: ['expects', 'sockets'], is: 'number' },
  memory: { path: ['expects', 'memory'], is: 'text' },
  'disks.count': { path: ['expects', 'disks', 'count'], is: 'number' },
  'disks.size': { path: ['expects', 'disks', 'size'], is: 'text' },
  'disks.serials': { path: ['expects', 'disks', 'serials'], is: 'words' },
  onMismatch: { path: ['onMismatch'], is: 'text' },
};
/** Parameters of power drivers that are no text. */
const numbers = new Set(['port', 'cipherSuite', 'vm']);
const switches = new Set(['allowPlainHttp']);

interface Tree {
  [field: string]: unknown;
}

/** A heading, then a line a machine. An empty cell is a field that was not given; words are parted by blanks. */
export function readCsvFile(text: string): DeclaredFile {
  const records = readCsv(text);
  if ('what' in records) throw faultAt(records.line, '', records.what);
  const [heading, ...rest] = records;
  if (!heading) throw faultAt(1, '', 'a line with the names of the columns is expected');
  const names = heading.cells.map((name) => name.trim());
  for (const [index, name] of names.entries()) {
    if (!columns[name] && !/^power\.[A-Za-z]{1,32}$/.test(name))
      throw faultAt(heading.line, name.slice(0, 80), 'there is no such column');
    if (names.indexOf(name) !== index) throw faultAt(heading.line, name, 'this column is there twice');
  }
  return {
    machines: rest.map(({ line, cells }) => {
      if (cells.length !== names.length)
        throw faultAt(line, '', `${cells.length} cells, where the first line names ${names.length} columns`);
      return machineFrom(names, cells);
    }),
    lineOf: (machine) => rest[machine]?.line ?? 1,
  };
}

function machineFrom(names: readonly string[], cells: readonly string[]): Tree {
  const machine: Tree = {};
  for (const [index, name] of names.entries()) {
    const cell = (cells[index] as string).trim();
    if (cell === '') continue;
    const column = columns[name];
    const path = column?.path ?? name.split('.');
    put(machine, path, column ? valueOf(cell, column.is) : powerValue(path[1] as string, cell));
  }
  return machine;
}

function put(tree: Tree, [first = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) tree[first] = value;
  else put((tree[first] ??= {}) as Tree, rest, value);
}

function valueOf(cell: string, is: 'text' | 'number' | 'words'): unknown {
  switch (is) {
    case 'text':
      return cell;
    case 'words':
      return cell.split(/\s+/);
    case 'number':
      return asNumber(cell);
  }
}

function powerValue(field: string, cell: string): unknown {
  if (numbers.has(field)) return asNumber(cell);
  if (switches.has(field) && /^(true|false)$/.test(cell)) return cell === 'true';
  return cell;
}

/** What is no number stays text, and is refused as such with its line. */
function asNumber(cell: string): number | string {
  return /^\d{1,15}$/.test(cell) ? Number(cell) : cell;
}
