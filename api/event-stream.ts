import { setTimeout as delay } from 'node:timers/promises';
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { EventStore } from '../store/types.ts';

/** A proxy closes a silent stream after 60 s at the latest; browsers and our client notice a dead one by this. */
const heartbeatMs = 15_000;
const batch = 200;

/**
 * Events as they come. The subscription only wakes; what is sent is always read after the last cursor that was sent,
 * so nothing is lost between a resume and the first wake, or when a wake itself is lost.
 */
export function streamEvents(
  context: Context,
  events: EventStore,
  { from, machineId }: { readonly from: number; readonly machineId?: string },
): Response {
  context.header('x-accel-buffering', 'no');
  return streamSSE(context, async (stream) => {
    const ended = new AbortController();
    stream.onAbort(() => ended.abort());
    let bell = new AbortController();
    const unsubscribe = await events.subscribe(() => bell.abort());
    try {
      let cursor = from;
      await stream.write(`retry: 1000\nid: ${cursor}\n: from here\n\n`);
      while (!ended.signal.aborted) {
        bell = new AbortController();
        const found = await events.after(cursor, { ...(machineId && { machineId }), limit: batch });
        for (const event of found) {
          await stream.writeSSE({ id: String(event.cursor), event: event.kind, data: JSON.stringify(event) });
          cursor = event.cursor;
        }
        if (found.length === batch) continue;
        const rung = await rest(AbortSignal.any([bell.signal, ended.signal]));
        if (!rung && !ended.signal.aborted) await stream.write(': alive\n\n');
      }
    } finally {
      await unsubscribe();
    }
  });
}

/** @returns whether it was woken. */
function rest(signal: AbortSignal): Promise<boolean> {
  return delay(heartbeatMs, false, { signal }).catch(() => true);
}
