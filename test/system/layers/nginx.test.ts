import { afterAll, beforeAll, expect, test } from 'vitest';
import { shell } from '../../../remote/index.ts';
import { changesOf, type LayerBench, layerBench } from '../../fixtures/layer-bench.ts';

let bench: LayerBench;
beforeAll(async () => {
  bench = await layerBench(['m1']);
}, 300_000);
afterAll(() => bench?.close());

const lay = (parameters: Readonly<Record<string, string | number>>) =>
  bench.lay('m1', 'nginx', { parameters });

test('nginx from its package: laid, used, laid again without a change, taken away', async () => {
  const laid = await lay({ title: 'Hello' });
  expect(laid.failure).toBeUndefined();
  expect(changesOf(laid)).toHaveLength(5);
  const again = await lay({ title: 'Hello' });
  expect(again.failure).toBeUndefined();
  expect(changesOf(again)).toEqual([]);
  const removed = await bench.remove('m1', 'nginx');
  expect(removed.failure).toBeUndefined();
  expect((await bench.record('m1')).layers).toEqual([]);
}, 300_000);

test('nginx in a container, with the engine that it needs: the same page on the same port', async () => {
  expect((await lay({ title: 'Hello' })).failure).toBeUndefined();
  const laid = await lay({ title: 'Hello', way: 'container' });
  expect(laid.failure).toBeUndefined();
  expect(changesOf(laid).filter((name) => name.startsWith('nginx: '))).toEqual([
    'nginx: purge nginx',
    'nginx: make the image',
    'nginx: run the container',
  ]);
  expect((await bench.record('m1')).layers.map(({ name }) => name).toSorted()).toEqual(['docker', 'nginx']);
  expect((await bench.run('m1', shell`command -v nginx`)).stdout).toBe('');

  const again = await lay({ title: 'Hello', way: 'container' });
  expect(again.failure).toBeUndefined();
  expect(changesOf(again)).toEqual([]);
  const moved = await lay({ title: 'Hello again', way: 'container', port: 8080 });
  expect(moved.failure).toBeUndefined();
  expect(changesOf(moved)).toEqual(['nginx: write the page', 'nginx: run the container']);
  expect((await bench.run('m1', shell`curl -s http://127.0.0.1:8080/`)).stdout).toContain('<h1>Hello again');

  expect((await bench.remove('m1', 'nginx')).failure).toBeUndefined();
  const left = shell`docker ps -aq; docker images -q; ls -A /var/www/rackwright /var/lib/rackwright/nginx-image 2>/dev/null; true`;
  expect((await bench.run('m1', left)).stdout).toBe('');
  expect((await bench.remove('m1', 'docker')).failure).toBeUndefined();
  expect((await bench.record('m1')).layers).toEqual([]);
}, 600_000);
