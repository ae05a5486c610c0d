import type { Client } from '@temporalio/client';
import { siteQueue } from '../workflows/messages.ts';
import { withTemporal } from './temporal.ts';
import type { Parts } from './parts.ts';

/** A process that serves a site: it polls the site's queue. */
export interface Rack {
  /** As it calls itself: roles, host and process. */
  readonly identity: string;
  readonly lastSeen: string;
}

export interface SiteView {
  readonly name: string;
  /** Seen lately. */
  readonly racks: readonly Rack[];
  /** Present when no rack serves it: when the last one was seen, as long as Temporal remembers (5 minutes). */
  readonly unserved?: { readonly since?: string };
  readonly machines: number;
  /** Tasks that wait for a rack to take them. */
  readonly waiting: number;
}

/** A poll ends after a minute at the latest, and the next one begins at once: silence for longer is absence. */
const ALIVE_MS = 75_000;
const ANSWER_WITHIN_MS = 3_000;
type Asked = NonNullable<Parameters<Client['workflowService']['describeTaskQueue']>[0]>;
/** TASK_QUEUE_TYPE_ACTIVITY of temporal.api.enums.v1.TaskQueueType */
const ACTIVITY_QUEUE = 2 as unknown as NonNullable<Asked['taskQueueType']>;

/** Every site that machines or subnets name, and who serves it now. */
export async function viewSites({
  store,
  temporal,
  site,
  now,
}: Pick<Parts, 'store' | 'temporal' | 'site' | 'now'>): Promise<readonly SiteView[]> {
  const [machines, subnets] = await Promise.all([store.machines.list(), store.subnets.list()]);
  const names = new Set([site, ...machines.map((one) => one.site), ...subnets.map((one) => one.site)]);
  const at = now?.() ?? new Date();
  return withTemporal(
    temporal,
    (client) =>
      Promise.all(
        [...names].toSorted().map(async (name) => ({
          name,
          machines: machines.filter((machine) => machine.site === name).length,
          ...serving(await describeQueue(client, name), at),
        })),
      ),
    ANSWER_WITHIN_MS,
  );
}

export interface QueueState {
  readonly pollers: readonly Rack[];
  readonly backlog: number;
}

/** Who of the pollers that the server remembers is still there. */
export function serving(
  { pollers, backlog }: QueueState,
  now: Date,
): Pick<SiteView, 'racks' | 'unserved' | 'waiting'> {
  const latest = pollers.toSorted((a, b) => b.lastSeen.localeCompare(a.lastSeen));
  const racks = latest.filter(({ lastSeen }) => now.getTime() - Date.parse(lastSeen) < ALIVE_MS);
  const since = latest[0]?.lastSeen;
  return {
    racks,
    waiting: backlog,
    ...(racks.length === 0 && { unserved: { ...(since !== undefined && { since }) } }),
  };
}

async function describeQueue(client: Client, site: string): Promise<QueueState> {
  const { pollers, stats } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: siteQueue(site) },
    taskQueueType: ACTIVITY_QUEUE,
    reportStats: true,
  });
  return {
    pollers: (pollers ?? []).map(({ identity, lastAccessTime }) => ({
      identity: identity ?? '',
      lastSeen: new Date(Number(lastAccessTime?.seconds ?? 0) * 1_000).toISOString(),
    })),
    backlog: Number(stats?.approximateBacklogCount ?? 0),
  };
}
