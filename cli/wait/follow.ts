import { setTimeout as delay } from 'node:timers/promises';
import type { OperationView } from '../../api/index.ts';
import type { ApiClient } from '../api-client.ts';
import type { CommandError } from '../command-error.ts';
import { isPassing, patienceMs } from './passing.ts';
import { hasEnded, type Progress, type Target } from './progress.ts';

export interface FollowOptions {
  readonly signal: AbortSignal;
  /** Log lines make no events: look again this often while nothing else happens. */
  readonly refreshMs: number;
  readonly onChange: (progress: readonly Progress[]) => void;
}

/** A burst of events is one redraw. */
const settleMs = 100;

/**
 * Watches operations until each has ended. Events only wake: what is shown is always read again, so a lost or doubled
 * event changes nothing, and without a stream the same loop polls.
 */
export async function follow(
  api: ApiClient,
  targets: readonly Target[],
  { signal, refreshMs, onChange }: FollowOptions,
): Promise<readonly Progress[]> {
  const done = new AbortController();
  const stop = AbortSignal.any([signal, done.signal]);
  const bell = createBell();
  const listening = listen(api, bell.ring, stop);
  let progress: readonly Progress[] = targets.map((target) => ({ target }));
  let answeredAt = performance.now();
  try {
    for (;;) {
      signal.throwIfAborted();
      try {
        progress = await Promise.all(progress.map((one) => look(api, one)));
        answeredAt = performance.now();
      } catch (error) {
        if (!isPassing(error) || performance.now() - answeredAt > patienceMs) throw error;
      }
      onChange(progress);
      if (progress.every(hasEnded)) return progress;
      await bell.wait(refreshMs, signal);
      await delay(settleMs, undefined, { signal });
    }
  } finally {
    done.abort();
    await listening;
  }
}

async function look(api: ApiClient, known: Progress): Promise<Progress> {
  if (hasEnded(known)) return known;
  const { target, operation } = known;
  try {
    return { target, operation: await api.get<OperationView>(`/v1/operations/${target.operationId}`) };
  } catch (error) {
    // Accepted, and not in the store yet.
    if ((error as CommandError).report?.code === 'NOT_FOUND' && !operation) return { target };
    throw error;
  }
}

async function listen(api: ApiClient, ring: () => void, stop: AbortSignal): Promise<void> {
  let last: string | undefined;
  while (!stop.aborted) {
    try {
      for await (const event of api.events('/v1/events', stop, last)) {
        last = event.id || last;
        ring();
      }
    } catch {
      // Until the stream is back, polling goes on.
    }
    await delay(1000, undefined, { signal: stop }).catch(() => undefined);
  }
}

function createBell() {
  let pending = false;
  let waiting: (() => void) | undefined;
  return {
    ring: () => {
      pending = true;
      waiting?.();
    },
    async wait(milliseconds: number, signal: AbortSignal): Promise<void> {
      if (!pending) {
        const woken = new AbortController();
        waiting = () => woken.abort();
        const either = AbortSignal.any([woken.signal, signal]);
        await delay(milliseconds, undefined, { signal: either }).catch(() => undefined);
        waiting = undefined;
      }
      pending = false;
      signal.throwIfAborted();
    },
  };
}
