import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LayerPlanAnswer, LayingRequest } from '../../../model/index.ts';
import { shell } from '../../../remote/index.ts';
import {
  CONTROL_QUEUE,
  layingQuery,
  layingWorkflowId,
  machineWorkflowId,
} from '../../../workflows/messages.ts';
import { keepHistory } from '../../fixtures/keep-history.ts';
import { type LayerBench, layerBench } from '../../fixtures/layer-bench.ts';

/** Several machines in one go. With RW_RECORD_HISTORIES=1 the histories are kept under names that are not there yet. */
let bench: LayerBench;
beforeAll(async () => {
  bench = await layerBench(['m1', 'm2', 'm3']);
}, 300_000);
afterAll(() => bench?.close());

async function lay(parameters: LayingRequest['parameters'], limit: number) {
  const id = layingWorkflowId(randomUUID());
  const places = bench.members(['m1', 'm2', 'm3'].map((name) => ['', name] as const));
  const handle = await bench.plane.client.workflow.start('applyLayers', {
    taskQueue: CONTROL_QUEUE,
    workflowId: id,
    args: [{ layer: 'nginx', parameters, places, roles: [], limit } satisfies LayingRequest],
  });
  const failure = await handle.result().then(
    () => undefined,
    (error: { cause?: Error }) => error.cause?.message,
  );
  return { id, failure, laying: await handle.query(layingQuery) };
}

const keep = (type: string, name: string, workflowId: string): Promise<void> =>
  keepHistory(bench.plane.client, type, name, workflowId);

test('no more than the limit are at work at a time, and all of them end well', async () => {
  const { id, failure, laying } = await lay({ title: 'Hello' }, 2);
  expect(failure).toBeUndefined();
  expect(laying.machines.map(({ state }) => state)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  const operations = await Promise.all(
    laying.machines.map(({ operationId = '' }) => bench.plane.store.operations.get(operationId)),
  );
  const [first, second, third] = operations.map((operation) => ({
    from: operation?.startedAt ?? '',
    to: operation?.endedAt ?? '',
  }));
  // The third begins when one of the others has ended.
  const ends = [first?.to ?? '', second?.to ?? ''].toSorted();
  expect((third?.from ?? '') >= (ends[0] ?? '')).toBe(true);
  expect((second?.from ?? '') < (first?.to ?? '')).toBe(true);
  await keep('applyLayers', 'on-three-machines', id);
  await keep('applyLayer', 'looked-at-first', machineWorkflowId(laying.machines[0]?.operationId ?? ''));
}, 300_000);

test('one that fails keeps none of the others from being tried, and is named', async () => {
  // A program of somebody else has the port.
  const squatter = `import socket, time
taken = socket.create_server(('', 8081))
time.sleep(3600)`;
  await bench.run('m2', shell`systemd-run --quiet --unit=squatter python3 -c ${squatter}`);
  await bench.run('m2', shell`until ss -ltn | grep -q :8081; do sleep 0.1; done`);
  const { id, failure, laying } = await lay({ port: 8081 }, 3);
  expect(laying.machines.map(({ state }) => state)).toEqual(['succeeded', 'failed', 'succeeded']);
  expect(failure).toMatch(/^m2: /);
  expect(laying.failure?.message).toBe(failure);
  await keep('applyLayers', 'one-fails', id);
}, 300_000);

test('a plan says what would be run, and its digest binds', async () => {
  const { client } = bench.plane;
  const workflowId = `plan-layers/${randomUUID()}`;
  const request = { layer: 'nginx', parameters: { title: 'Other' } };
  const plan = (await client.workflow.execute('planLayers', {
    taskQueue: CONTROL_QUEUE,
    workflowId,
    args: [{ machineId: 'm-m1', requests: [request] }],
  })) as LayerPlanAnswer;
  expect(plan.lines.join('\n')).toContain('<h1>Other</h1>');
  await keep('planLayers', 'of-nginx', workflowId);

  const other = await bench.lay('m1', 'nginx', { ...request, planDigest: 'f'.repeat(64) });
  expect(other.failure?.code).toBe('LAYER_CHANGED');
  const { stdout } = await bench.run('m1', shell`cat /var/www/rackwright/index.html`);
  expect(stdout).not.toContain('Other');
  const same = await bench.lay('m1', 'nginx', { ...request, planDigest: plan.digest });
  expect(same.failure).toBeUndefined();
}, 300_000);
