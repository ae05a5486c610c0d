import { afterAll, beforeAll, expect, test } from 'vitest';
import { changesOf, type LayerBench, layerBench } from '../../fixtures/layer-bench.ts';

let bench: LayerBench;
beforeAll(async () => {
  bench = await layerBench(['m1']);
}, 300_000);
afterAll(() => bench?.close());

test('nginx from its package: laid, used, laid again without a change, taken away', async () => {
  const laid = await bench.lay('m1', 'nginx', { parameters: { title: 'Hello' } });
  expect(laid.failure).toBeUndefined();
  expect(changesOf(laid)).toHaveLength(5);
  const again = await bench.lay('m1', 'nginx', { parameters: { title: 'Hello' } });
  expect(again.failure).toBeUndefined();
  expect(changesOf(again)).toEqual([]);
  const removed = await bench.remove('m1', 'nginx');
  expect(removed.failure).toBeUndefined();
  expect((await bench.record('m1')).layers).toEqual([]);
}, 300_000);
