import { afterAll, beforeAll, expect, test } from 'vitest';
import { shell } from '../../../remote/index.ts';
import { type LayerBench, layerBench } from '../../fixtures/layer-bench.ts';

/** A machine with Debian that is told to be Ubuntu: what openstack-base wants is looked at, and nothing is laid. */
let bench: LayerBench;
beforeAll(async () => {
  bench = await layerBench(['m1', 'm2', 'm3', 'm4'], { system: 'ubuntu/22.04' });
}, 600_000);
afterAll(() => bench?.close());

const all = ['m1', 'm2', 'm3'].map((name) => ['machine', name] as const);
const head = ['controller', 'm4'] as const;
const refusal = async (more: Readonly<Record<string, string>>, machines = all) => {
  const { failure } = await bench.lay('m1', 'juju', {
    parameters: { bundle: 'openstack-base', ...more },
    role: 'machine',
    members: bench.members([...machines, head]),
    only: 'lay',
  });
  return `${failure?.code} ${failure?.message}`;
};

test('too few machines, disks or cards are refused before anything is changed', async () => {
  const before = (await bench.run('m1', shell`ls /var/lib /etc/sudoers.d; cat /etc/passwd`)).stdout;
  expect(await refusal({ dataInterface: 'ext0' }, all.slice(0, 2))).toMatch(
    /^LAYER_UNMET .*needs 3 machines of the role machine, and there are 2/,
  );
  expect(await refusal({})).toMatch(/^LAYER_UNMET .*needs the parameter dataInterface/);
  const disks = Number((await bench.run('m1', shell`lsblk -d -n -o TYPE | grep -c '^disk$'`)).stdout);
  const less = await refusal({ dataInterface: 'ext0' });
  if (disks < 2)
    expect(less).toMatch(
      new RegExp(`^MACHINE_TOO_SMALL .*it has ${disks} disk, and Ceph wants one of its own`),
    );
  else expect(less).toMatch(/^LAYER_UNMET .*it has none of the disks \/dev\/sdb,\/dev\/vdb/);
  expect((await bench.run('m1', shell`ls /var/lib /etc/sudoers.d; cat /etc/passwd`)).stdout).toBe(before);
}, 300_000);
