import type { CodedError } from '../../model/index.ts';
import { type DeclaredEntry, declaredEntrySchema } from '../schemas/declared.ts';
import { type DeclaredFile, maxDeclared } from './declared-file.ts';
import { faultAt } from './fault.ts';
import { readCsvFile } from './read-csv-file.ts';
import { readYamlFile } from './read-yaml.ts';

export interface ReadEntry {
  readonly entry: DeclaredEntry;
  /** Where a field of it stands. */
  readonly line: (...path: readonly string[]) => number;
}

/** All machines of a file. @throws CodedError REQUEST_INVALID for the first fault, with its line and field. */
export function readDeclaredFile(format: 'yaml' | 'csv', text: string): readonly ReadEntry[] {
  const file = format === 'yaml' ? readYamlFile(text) : readCsvFile(text);
  if (file.machines.length > maxDeclared) throw faultAt(1, 'machines', `more than ${maxDeclared} machines`);
  const entries = file.machines.map((raw, index) => {
    const parsed = declaredEntrySchema.safeParse(raw);
    if (!parsed.success) throw firstFault(file, index, parsed.error.issues);
    return { entry: parsed.data, line: (...path: readonly string[]) => file.lineOf(index, path) };
  });
  refuseTwice(entries);
  return entries;
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly code?: string | undefined;
  readonly keys?: readonly string[];
}

function firstFault(file: DeclaredFile, index: number, issues: readonly Issue[]): CodedError {
  const [issue] = issues as readonly [Issue];
  const isUnknown = issue.code === 'unrecognized_keys';
  const path = isUnknown ? [...issue.path, issue.keys?.[0] ?? ''] : issue.path;
  const what = isUnknown ? 'there is no such field' : issue.message;
  return faultAt(file.lineOf(index, path), path.map(String).join('.').slice(0, 120), what);
}

/** What may stand in a file once: a name, a serial, a MAC. */
function refuseTwice(entries: readonly ReadEntry[]): void {
  const seen = new Map<string, number>();
  const note = (kind: string, value: string, line: number): void => {
    const before = seen.get(`${kind} ${value}`);
    if (before !== undefined) throw faultAt(line, kind, `${value} stands in line ${before} as well`);
    seen.set(`${kind} ${value}`, line);
  };
  for (const { entry, line } of entries) {
    note('name', entry.name, line('name'));
    if (entry.serial !== undefined) note('serial', entry.serial, line('serial'));
    for (const [index, mac] of entry.macs.entries()) note('macs', mac, line('macs', String(index)));
  }
}
