import { compareIdentity, type MachineRecord } from '../../model/index.ts';
import type { Store } from '../../store/types.ts';
import type { DeclaredEntry } from '../schemas/declared.ts';
import { faultAt } from './fault.ts';
import type { ReadEntry } from './read-file.ts';

/** Against what is not in the file: other declarations, and machines that have the name. @throws CodedError REQUEST_INVALID */
export async function checkOthers(store: Store, entries: readonly ReadEntry[]): Promise<void> {
  const inFile = new Set(entries.map(({ entry }) => entry.name));
  const others = (await store.declared.list()).filter(({ name }) => !inFile.has(name));
  const serials = new Map(
    others.flatMap(({ serial, name }) => (serial === undefined ? [] : [[serial, name]])),
  );
  const macs = new Map(others.flatMap((other) => other.macs.map((mac) => [mac, other.name] as const)));
  for (const { entry, line } of entries) {
    const holder = entry.serial === undefined ? undefined : serials.get(entry.serial);
    if (holder !== undefined)
      throw faultAt(line('serial'), 'serial', `${entry.serial} was declared as ${holder}`);
    for (const [index, mac] of entry.macs.entries()) {
      const owner = macs.get(mac);
      if (owner !== undefined)
        throw faultAt(line('macs', String(index)), `macs.${index}`, `${mac} was declared as ${owner}`);
    }
    const named = (await store.machines.find(entry.name)).find((machine) => !mayBe(entry, machine));
    if (named)
      throw faultAt(line('name'), 'name', `${entry.name} is the name of another machine (${named.id})`);
  }
}

/** Nothing that is known of the machine speaks against it. */
function mayBe({ serial, macs }: DeclaredEntry, { identity }: MachineRecord): boolean {
  const match = compareIdentity(identity, { uuid: '', serial: serial ?? '', macs });
  return match.kind === 'same' || (match.kind === 'conflict' && match.field === 'serial');
}
