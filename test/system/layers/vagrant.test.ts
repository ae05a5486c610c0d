import { afterAll, beforeAll, expect, test } from 'vitest';
import { shell } from '../../../remote/index.ts';
import { changesOf, type LayerBench, layerBench } from '../../fixtures/layer-bench.ts';

let bench: LayerBench;
beforeAll(async () => {
  bench = await layerBench(['m1']);
}, 300_000);
afterAll(() => bench?.close());

const packages = shell`dpkg-query -W -f '\${Package} \${db:Status-Status}\\n' | grep ' installed$' | sort`;
const said = async (command: ReturnType<typeof shell>) => (await bench.run('m1', command)).stdout.trim();

test('Vagrant over libvirt by emulation: laid with kvm, used, laid again without a change, taken away', async () => {
  const before = await said(packages);
  const parameters = { emulation: true };
  const laid = await bench.lay('m1', 'vagrant', { parameters });
  expect(laid.failure).toBeUndefined();
  expect((await bench.record('m1')).layers.map(({ name }) => name)).toEqual(['kvm', 'vagrant']);
  expect(
    await said(
      shell`virsh list --all --name; virsh --quiet vol-list default; ls -d /var/lib/rackwright/try-* /root/.vagrant.d/boxes/*`,
    ),
  ).toBe('');
  const again = await bench.lay('m1', 'vagrant', { parameters, only: 'lay' });
  expect(again.failure).toBeUndefined();
  expect(changesOf(again)).toEqual([]);
  for (const layer of ['vagrant', 'kvm']) expect((await bench.remove('m1', layer)).failure).toBeUndefined();
  expect(await said(packages)).toBe(before);
  expect(await said(shell`ls -A /var/lib/rackwright`)).toBe('package-lists');
}, 900_000);
