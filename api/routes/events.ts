import { z } from '@hono/zod-openapi';
import { streamEvents } from '../event-stream.ts';
import { findMachine } from '../find-machine.ts';
import { invalid } from '../invalid.ts';
import { route } from '../route.ts';
import { eventSchema } from '../schemas/answers.ts';
import { countField } from '../schemas/common.ts';

export const listEvents = route({
  method: 'get',
  path: '/v1/events',
  permission: 'read',
  name: 'listEvents',
  summary: 'What happened, oldest first; as a stream when text/event-stream is asked for',
  query: z.strictObject({
    after: countField(Number.MAX_SAFE_INTEGER).optional().openapi({
      description: 'Cursor to go on from. A stream without it begins now, a list at the beginning',
    }),
    machine: z.string().min(1).max(80).optional().openapi({ description: 'Name or id' }),
    limit: countField(1000).default(200),
  }),
  answer: {
    status: 200,
    description: 'Events, and the cursor to go on from',
    schema: z.object({ items: z.array(eventSchema), next: z.int() }),
  },
  streams: true,
  async handle({ query, context }, { store }) {
    const machineId = query.machine && (await findMachine(store, query.machine)).id;
    const filter = machineId ? { machineId } : {};
    if (/\btext\/event-stream\b/.test(context.req.header('accept') ?? '')) {
      const resume = lastEventId(context.req.header('last-event-id')) ?? query.after;
      const from = resume ?? (await store.events.latestCursor());
      return streamEvents(context, store.events, { from, ...filter });
    }
    const after = query.after ?? 0;
    const items = await store.events.after(after, { ...filter, limit: Math.max(query.limit, 1) });
    return { items, next: items.at(-1)?.cursor ?? after };
  },
});

function lastEventId(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const cursor = Number(text);
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(cursor)) {
    throw invalid('Last-Event-ID', 'must be the id of an event');
  }
  return cursor;
}
