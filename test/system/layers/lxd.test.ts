import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Shell, shell } from '../../../remote/index.ts';
import { changesOf, type LayerBench, layerBench } from '../../fixtures/layer-bench.ts';

let bench: LayerBench;
beforeAll(async () => {
  bench = await layerBench(['m1']);
}, 300_000);
afterAll(() => bench?.close());

async function said(command: Shell): Promise<string> {
  const { stdout, stderr } = await bench.run('m1', command);
  return stdout + stderr;
}

const lay = (parameters = {}) => bench.lay('m1', 'lxd', { parameters });

test('lxd: laid, used, laid again without a change, changed, refused, taken away', async () => {
  const before = await said(surroundings);
  const laid = await lay({ bridge: 'lxd-own' });
  expect(laid.failure).toBeUndefined();
  expect(changesOf(laid).at(-1)).toBe('lxd: give it a pool and a bridge');
  expect(await said(shell`lxc list --format csv; lxc image list --format csv; ls /var/lib/rackwright`)).toBe(
    'brought\nlxd-preseed.json\npackage-lists\npackages\n',
  );
  expect(await said(shell`ip -4 -br address show lxd-own`)).toContain('10.99.0.1/24');

  const again = await lay({ bridge: 'lxd-own' });
  expect(again.failure).toBeUndefined();
  expect(changesOf(again)).toEqual([]);

  const changed = await lay({ bridge: 'lxd-own', subnet: '10.98.0.1/24' });
  expect(changed.failure).toBeUndefined();
  expect(changesOf(changed)).toEqual(['lxd: give it a pool and a bridge']);
  expect(await said(shell`ip -4 -br address show lxd-own`)).toContain('10.98.0.1/24');

  expect((await lay({ bridge: 'another' })).failure).toMatchObject({
    code: 'LAYER_CONFLICT',
    message: expect.stringContaining('cannot change its name'),
  });

  // Somebody's instance is not taken away with it.
  expect(await said(shell`lxc init --empty own </dev/null && lxc list --format csv --columns n`)).toContain(
    'own',
  );
  expect((await bench.remove('m1', 'lxd')).failure).toMatchObject({ code: 'LAYER_STEP_FAILED' });
  expect(await said(shell`lxc list --format csv --columns n; lxc delete own`)).toBe('own\n');

  const removed = await bench.remove('m1', 'lxd');
  expect(removed.failure).toBeUndefined();
  expect((await bench.record('m1')).layers).toEqual([]);
  expect(await said(surroundings)).toBe(before);
  const left = shell`ls -d /var/lib/lxd /var/log/lxd /var/lib/rackwright/lxd* /var/lib/rackwright/brought/* /var/lib/rackwright/packages 2>/dev/null; true`;
  expect(await said(left)).toBe('');
}, 900_000);

/** The package dnsmasq-base leaves its user for ever, as Debian's packages may. */
const surroundings = shell`dpkg-query -W -f '\${binary:Package} \${db:Status-Status}\\n' | grep -v ' config-files$'
cut -d : -f 1 /etc/passwd /etc/group | grep -vx dnsmasq | sort
cat /etc/subuid /etc/subgid
ls /sys/class/net`;
