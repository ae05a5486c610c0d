import { CodedError, type MachineRecord } from '../model/index.ts';
import type { Store } from '../store/types.ts';

/** @throws CodedError NOT_FOUND, or NAME_AMBIGUOUS with the ids to choose from. */
export async function findMachine(store: Store, ref: string): Promise<MachineRecord> {
  const found = await store.machines.find(ref);
  const [machine] = found;
  if (!machine) throw new CodedError('NOT_FOUND', `there is no machine ${shown(ref)}`);
  if (found.length === 1) return machine;
  const byId = found.find((candidate) => candidate.id === ref);
  if (byId) return byId;
  const ids = found.map((candidate) => candidate.id).join(', ');
  throw new CodedError('NAME_AMBIGUOUS', `${shown(ref)} names ${found.length} machines: ${ids}`);
}

/** What the caller wrote, fit for a message. */
export function shown(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 80);
}
