import type { MachineView, SiteView } from '../api/index.ts';
import type { ApiClient } from './api-client.ts';

export function findMachine(api: ApiClient, name: string): Promise<MachineView> {
  return api.get<MachineView>(machinePath(name));
}

/** Every one, or the first error: nothing is begun while one of the names is wrong. */
export function findMachines(api: ApiClient, names: readonly string[]): Promise<readonly MachineView[]> {
  return Promise.all([...new Set(names)].map((name) => findMachine(api, name)));
}

export function machinePath(name: string, below = ''): string {
  return `/v1/machines/${encodeURIComponent(name)}${below}`;
}

/** Undefined where the service says that there is none. */
export async function orNone<Result>(asked: Promise<Result>): Promise<Result | undefined> {
  try {
    return await asked;
  } catch (error) {
    if ((error as { report?: { code?: string } }).report?.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}

/** For a page that says more when it knows them, and is of use without: none where they cannot be told now. */
export async function findSites(api: ApiClient): Promise<ReadonlyMap<string, SiteView>> {
  const { items } = await api.get<{ items: SiteView[] }>('/v1/sites').catch(() => ({ items: [] }));
  return new Map(items.map((site) => [site.name, site]));
}
