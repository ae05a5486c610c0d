import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApi, listen } from '../../api/index.ts';
import { createApiClient } from '../../cli/api-client.ts';
import { join } from 'node:path';
import { changeLines } from '../../cli/wait/changes.ts';
import { follow } from '../../cli/wait/follow.ts';
import type { Progress } from '../../cli/wait/progress.ts';
import { Secret, type Step } from '../../model/index.ts';
import { operation } from '../api/records.ts';
import { type RunningApi, runApi, startMs } from '../api/running-api.ts';

let api: RunningApi;
beforeAll(async () => {
  api = await runApi();
}, startMs);
afterAll(() => api.stop());

const at = '2026-11-22T10:00:00.000Z';
const step = (name: string, state: Step['state']): Step => ({
  name,
  state,
  startedAt: at,
  ...(state !== 'running' && { endedAt: '2026-11-22T10:00:05.000Z' }),
});

async function write(
  id: string,
  version: number,
  steps: readonly Step[],
  state: 'running' | 'succeeded' = 'running',
) {
  await api.store.operations.record(
    operation(id, {
      version,
      steps,
      state,
      ...(state === 'succeeded' && { endedAt: '2026-11-22T10:01:00.000Z' }),
    }),
  );
}

test('every change of several operations is told once and in order, also through a restart of the service', async () => {
  const socketPath = join(api.dataDir, 'second.sock');
  const app = createApi({
    store: api.store,
    temporal: () => {
      throw new Error('unused');
    },
    token: new Secret(api.token),
    catalogue: { layers: [] },
    health: async () => ({ ok: true, checks: [] }),
    site: 'lab',
  });
  let listening = await listen({ app, socketPath });
  const client = createApiClient({ socketPath, tokenFile: join(api.dataDir, 'token') });
  const targets = [
    { machine: 'r1', operationId: 'm-1/deploy/1' },
    { machine: 'r2', operationId: 'm-2/deploy/1' },
  ];
  const lines: string[] = [];
  let seen: readonly Progress[] = [];
  const following = follow(client, targets, {
    signal: AbortSignal.timeout(60_000),
    refreshMs: 200,
    onChange: (progress) => {
      progress.forEach((one, index) => lines.push(...changeLines(seen[index], one)));
      seen = progress;
    },
  });
  const until = (count: number) =>
    expect.poll(() => lines.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(count);

  await write('m-1/deploy/1', 1, [step('install', 'running')]);
  await until(2);
  await write('m-2/deploy/1', 1, [step('install', 'skipped')], 'succeeded');
  await until(5);
  await listening.close();
  await write('m-1/deploy/1', 2, [step('install', 'done'), step('start', 'running')]);
  listening = await listen({ app, socketPath });
  await until(7);
  await write('m-1/deploy/1', 3, [step('install', 'done'), step('start', 'done')], 'succeeded');

  expect((await following).map(({ operation: ended }) => ended?.state)).toEqual(['succeeded', 'succeeded']);
  expect(lines).toEqual([
    '10:00:00Z r1  deploy debian/12',
    '10:00:00Z r1  ⧗ install',
    '10:00:00Z r2  deploy debian/12',
    '10:00:05Z r2  - install: nothing to do',
    '10:01:00Z r2  deploy succeeded, 1m',
    '10:00:05Z r1  ✓ install (5s)',
    '10:00:00Z r1  ⧗ start',
    '10:00:05Z r1  ✓ start (5s)',
    '10:01:00Z r1  deploy succeeded, 1m',
  ]);
  await listening.close();
}, 90_000);

test('letting go stops the watching, not the operation', async () => {
  await write('m-3/deploy/1', 1, [step('install', 'running')]);
  const client = createApiClient({ socketPath: api.socketPath, tokenFile: join(api.dataDir, 'token') });
  const leave = new AbortController();
  const following = follow(client, [{ machine: 'r3', operationId: 'm-3/deploy/1' }], {
    signal: leave.signal,
    refreshMs: 100,
    onChange: () => leave.abort(),
  });
  await expect(following).rejects.toThrow();
  expect((await api.store.operations.get('m-3/deploy/1'))?.state).toBe('running');
});
