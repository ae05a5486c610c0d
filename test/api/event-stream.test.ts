import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseEventStream, type StreamedEvent } from '../../cli/event-stream.ts';
import { machine } from './records.ts';
import { type RunningApi, runApi, startMs } from './running-api.ts';

let api: RunningApi;
beforeAll(async () => {
  api = await runApi();
  await api.store.machines.record(machine('m-1', { name: 'r1-u1' }));
  await api.store.machines.record(machine('m-2', { name: 'r1-u2' }));
}, startMs);
afterAll(() => api.stop());

const append = (message: string, machineId = 'm-1') =>
  api.store.events.append({ at: new Date().toISOString(), kind: 'test', machineId, message });

/** Reads until `count` events came, then hangs up. */
async function read(count: number, path: string, headers: Record<string, string> = {}, begun = () => {}) {
  const answer = await api.open(path, headers);
  expect(answer.headers['content-type']).toBe('text/event-stream');
  begun();
  const events: StreamedEvent[] = [];
  for await (const event of parseEventStream(answer.setEncoding('utf8'))) {
    if (event.data !== '') events.push(event);
    if (events.length === count) break;
  }
  answer.destroy();
  return events.map(({ id, data }) => ({
    id: Number(id),
    ...(JSON.parse(data) as { message: string; cursor: number }),
  }));
}

test('a stream begins now and brings what happens', async () => {
  await append('before');
  const reading = read(2, '/v1/events', {}, () =>
    setTimeout(() => void append('one').then(() => append('two')), 100),
  );
  expect((await reading).map(({ message }) => message)).toEqual(['one', 'two']);
});

test('after a break it goes on exactly where it was', async () => {
  const start = await api.store.events.latestCursor();
  for (let number = 1; number <= 30; number += 1) await append(`e${number}`);
  const first = await read(7, `/v1/events?after=${start}`);
  const rest = await read(23, '/v1/events', { 'last-event-id': String(first.at(-1)?.id) });
  expect([...first, ...rest].map(({ message }) => message)).toEqual(
    Array.from({ length: 30 }, (_, index) => `e${index + 1}`),
  );
  expect(rest.every(({ id, cursor }) => id === cursor)).toBe(true);
});

test('nothing is lost or doubled while many write and the reader hangs up again and again', async () => {
  const start = await api.store.events.latestCursor();
  const count = 300;
  const writing = Promise.all(Array.from({ length: count }, (_, index) => append(`w${index}`)));
  const seen: number[] = [];
  let last = start;
  while (seen.length < count) {
    const part = await read(Math.min(37, count - seen.length), '/v1/events', {
      'last-event-id': String(last),
    });
    seen.push(...part.map(({ id }) => id));
    last = seen.at(-1) as number;
  }
  await writing;
  expect(new Set(seen).size).toBe(count);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
});

test('of one machine only', async () => {
  const start = await api.store.events.latestCursor();
  await append('mine');
  await append('other', 'm-2');
  await append('mine too');
  const events = await read(2, `/v1/events?after=${start}&machine=r1-u1`);
  expect(events.map(({ message }) => message)).toEqual(['mine', 'mine too']);
});

test('a cursor that is none is refused', async () => {
  const answer = await api.open('/v1/events', { 'last-event-id': 'x' });
  expect(answer.statusCode).toBe(400);
  answer.destroy();
});
