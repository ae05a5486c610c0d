import { afterAll, beforeAll, expect, test } from 'vitest';
import { shell } from '../../../remote/index.ts';
import { changesOf, type LayerBench, layerBench } from '../../fixtures/layer-bench.ts';

let bench: LayerBench;
beforeAll(async () => {
  bench = await layerBench(['m1', 'm2']);
}, 300_000);
afterAll(() => bench?.close());

const packages = shell`dpkg-query -W -f '\${Package} \${db:Status-Status}\\n' | grep ' installed$' | sort`;
const network = shell`ip -4 -o address show scope global | grep -v virbr0; cat /etc/network/interfaces`;
const said = async (command: ReturnType<typeof shell>, name = 'm1') =>
  (await bench.run(name, command)).stdout.trim();

test('without hardware virtualisation it is refused before anything is changed', async () => {
  const before = await said(packages);
  const { failure } = await bench.lay('m1', 'kvm');
  expect(failure).toMatchObject({ code: 'VIRTUALISATION_MISSING' });
  const port = { emulation: true, bridge: 'br0', bridgePort: 'eth7' };
  expect((await bench.lay('m1', 'kvm', { parameters: port })).failure).toMatchObject({
    code: 'LAYER_UNMET',
    message: expect.stringContaining('there is no interface eth7, but host0 lo'),
  });
  expect(
    (await bench.lay('m1', 'kvm', { parameters: { emulation: true, user: 'ada' } })).failure,
  ).toMatchObject({
    code: 'LAYER_UNMET',
  });
  expect(await said(packages)).toBe(before);
}, 300_000);

test('KVM by emulation, with a bridge: laid, used, laid again without a change, taken away', async () => {
  await bench.run('m1', shell`useradd ada`);
  const before = { packages: await said(packages), network: await said(network) };
  const parameters = { emulation: true, user: 'ada', bridge: 'br0' };
  const laid = await bench.lay('m1', 'kvm', { parameters });
  expect(laid.failure).toBeUndefined();
  expect(changesOf(laid)).toContain('kvm: keep the bridge br0');
  expect(await said(shell`id -nG ada`)).toContain('libvirt');
  expect(await said(shell`ls /sys/class/net/br0/brif; ip -4 -o address show scope global | wc -l`)).toBe(
    'host0\n2',
  );
  expect(await said(shell`virsh list --all --name; systemctl is-active rackwright-bridge.timer`)).toBe(
    'inactive',
  );
  const again = await bench.lay('m1', 'kvm', { parameters, only: 'lay' });
  expect(again.failure).toBeUndefined();
  expect(changesOf(again)).toEqual([]);
  const slower = await bench.lay('m1', 'kvm', {
    parameters: { emulation: true, bridge: 'br0', maxAge: 12 },
    only: 'lay',
  });
  expect(slower.failure).toBeUndefined();
  expect(changesOf(slower)).toEqual([
    'kvm: let a user manage guests',
    'kvm: lay the bridge br0',
    'kvm: keep the bridge br0',
  ]);
  expect(await said(shell`cat /sys/class/net/br0/bridge/max_age`)).toBe('1200');
  expect(await said(shell`id -nG ada`)).toBe('ada');
  const removed = await bench.remove('m1', 'kvm');
  expect(removed.failure).toBeUndefined();
  expect({ packages: await said(packages), network: await said(network) }).toEqual(before);
  // What is left is when the archive was asked last.
  expect(await said(shell`ls -A /var/lib/rackwright; ls /sys/class/net | tr '\\n' ' '`)).toBe(
    'package-lists\nhost0 lo',
  );
}, 900_000);

test('a bridge over which nobody reaches the machine is undone by the machine itself', async () => {
  const before = await said(network, 'm2');
  // The firewall of this machine knows its old interface only.
  await bench.run(
    'm2',
    shell`nft add table inet wall
nft add chain inet wall in '{ type filter hook input priority 0; }'
nft add rule inet wall in iifname br0 drop`,
  );
  const parameters = { emulation: true, bridge: 'br0', bridgeTrial: 20 };
  const { failure, steps } = await bench.lay('m2', 'kvm', { parameters, only: 'lay' });
  expect(failure?.message).toContain('nobody reached the machine in time over its new network');
  expect(steps.find(({ state }) => state === 'failed')?.name).toBe('kvm: keep the bridge br0');
  expect(await said(network, 'm2')).toBe(before);
  expect(
    await said(shell`ls /sys/class/net | grep -cx br0; cat /var/lib/rackwright/bridge/undone`, 'm2'),
  ).toContain('0\n{"bridge":"br0"');
  await bench.run('m2', shell`nft delete table inet wall`);
  const laid = await bench.lay('m2', 'kvm', { parameters, only: 'lay' });
  expect(laid.failure).toBeUndefined();
  expect(await said(shell`ls /sys/class/net/br0/brif`, 'm2')).toBe('host0');
}, 600_000);
