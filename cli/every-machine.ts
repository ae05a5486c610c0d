import type { MachineView } from '../api/index.ts';
import type { ApiClient } from './api-client.ts';
import { findMachines } from './find.ts';

/** Those that are named; without names all that there are. */
export async function everyMachine(
  api: ApiClient,
  names: readonly string[],
): Promise<readonly MachineView[]> {
  if (names.length > 0) return findMachines(api, names);
  const machines: MachineView[] = [];
  let after: string | undefined;
  do {
    const query = after === undefined ? '' : `&after=${encodeURIComponent(after)}`;
    const page = await api.get<{ items: MachineView[]; next?: string }>(`/v1/machines?limit=200${query}`);
    machines.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return machines;
}
