import { afterAll, beforeAll, expect, test } from 'vitest';
import { shell } from '../../../remote/index.ts';
import { changesOf, type LayerBench, layerBench } from '../../fixtures/layer-bench.ts';

let bench: LayerBench;
beforeAll(async () => {
  bench = await layerBench(['m1']);
}, 300_000);
afterAll(() => bench?.close());

const packages = shell`dpkg-query -W -f '\${Package} \${db:Status-Status}\\n' | grep ' installed$' | sort`;

test('QEMU: laid, used, laid again without a change, taken away', async () => {
  const before = await bench.run('m1', packages);
  const laid = await bench.lay('m1', 'qemu');
  expect(laid.failure).toBeUndefined();
  expect(changesOf(laid)).toEqual([
    'qemu: refresh package lists',
    'qemu: install qemu',
    'qemu: make a tiny guest',
  ]);
  const left = await bench.run('m1', shell`ls -d /var/lib/rackwright/try-*; pgrep -c qemu`);
  expect(left.stdout.trim()).toBe('0');
  const again = await bench.lay('m1', 'qemu', { only: 'lay' });
  expect(again.failure).toBeUndefined();
  expect(changesOf(again)).toEqual([]);
  const removed = await bench.remove('m1', 'qemu');
  expect(removed.failure).toBeUndefined();
  expect((await bench.run('m1', packages)).stdout).toBe(before.stdout);
  // What is left is when the archive was asked last.
  expect((await bench.run('m1', shell`ls -A /var/lib/rackwright`)).stdout.trim()).toBe('package-lists');
}, 600_000);
