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

/** As a machine leaves them that lost its power while packages were unpacked. */
const interrupt = (
  proxy: string,
) => shell`echo 'Acquire::http::Proxy "'${proxy}'";' >/etc/apt/apt.conf.d/90proxy
apt-get -qq update
apt-get -qq -y install --no-install-recommends bridge-utils bc file xxd >/tmp/apt 2>&1 &
until pid=$(pgrep -o -x dpkg) && ls /var/lib/dpkg/updates | grep -q '^[0-9]'; do
  kill -0 $! 2>/dev/null || { cat /tmp/apt; exit 3; }
done
kill -KILL "$pid"
wait || :
ls /var/lib/dpkg/updates
apt-get -qq -y install hello 2>&1 | grep interrupted`;

test('packages that were interrupted are ended, and the layer is laid', async () => {
  const { exitCode, stdout, stderr } = await bench.run('m1', interrupt(bench.rack.packageProxy));
  expect(exitCode, `${stdout}${stderr}`).toBe(0);
  const laid = await bench.lay('m1', 'qemu', { only: 'lay' });
  expect(laid.failure).toBeUndefined();
  expect((await bench.remove('m1', 'qemu')).failure).toBeUndefined();
}, 600_000);
