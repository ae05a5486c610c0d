import { setTimeout as delay } from 'node:timers/promises';
import type { TemporalServer } from '../../worker/temporal-server.ts';
import type { TestPostgres } from '../store/fixtures/postgres.ts';
import type { SweepCase } from './cases.ts';
import { tellLanded, untilStruck } from './crash-point.ts';
import { cutOff } from './cuts.ts';
import type { KeptProcess } from './kept-process.ts';
import { isCut, SHORT_MS } from './victims.ts';

/** What of a lane can be hit from outside. Workers die by themselves, at their points. */
export interface Struck {
  readonly crashPoint: string;
  readonly temporal: TemporalServer;
  readonly postgres: TestPostgres;
  readonly api: KeptProcess;
}

/** A supervisor takes this long to see that PostgreSQL is gone. */
const POSTGRES_AWAY_MS = 2_000;

/**
 * Waits for the worker to come to the point of the case, strikes while it stands still there, and puts in order again
 * what does not come back by itself.
 * @param end aborted when the operation has ended: by then a long cut has had its effect
 * @returns whether there was a blow
 */
export async function strike(on: Struck, one: SweepCase, end: AbortSignal): Promise<boolean> {
  if (!(await untilStruck(on.crashPoint, end))) return false;
  const heal = await hit(on, one);
  tellLanded(on.crashPoint);
  if (isCut(one.victim) && one.isLong) await ended(end);
  else if (isCut(one.victim)) await delay(SHORT_MS[one.victim]);
  await heal();
  return true;
}

async function hit({ temporal, postgres, api }: Struck, one: SweepCase): Promise<() => Promise<void>> {
  const nothing = async (): Promise<void> => undefined;
  switch (one.victim) {
    case 'worker':
      return nothing;
    case 'temporal': {
      const pid = temporal.pid();
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
      return nothing;
    }
    case 'api':
      api.kill();
      return nothing;
    case 'postgres':
      await postgres.kill();
      return async () => {
        await delay(POSTGRES_AWAY_MS);
        await postgres.start();
      };
    case 'bmc':
    case 'ssh':
    case 'dhcp':
      // Half of them answer nothing, half of them refuse.
      return cutOff(one.victim, Number(one.activityId) % 2 === 0);
  }
}

function ended(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener('abort', () => resolve(), { once: true });
  return promise;
}
