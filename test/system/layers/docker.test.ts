import { afterAll, beforeAll, expect, test } from 'vitest';
import { shell } from '../../../remote/index.ts';
import { changesOf, type LayerBench, layerBench } from '../../fixtures/layer-bench.ts';

let bench: LayerBench;
beforeAll(async () => {
  bench = await layerBench(['m1']);
}, 300_000);
afterAll(() => bench?.close());

async function said(command: ReturnType<typeof shell>): Promise<string> {
  const { stdout, stderr } = await bench.run('m1', command);
  return stdout + stderr;
}

const lay = (parameters = {}) => bench.lay('m1', 'docker', { parameters });

test('is refused where the configuration is somebody else’s, or a user is missing', async () => {
  await said(shell`mkdir -p /etc/docker && echo '{"debug": true}' >/etc/docker/daemon.json`);
  expect((await lay()).failure).toMatchObject({ code: 'LAYER_CONFLICT' });
  expect(await said(shell`cat /etc/docker/daemon.json; rm -r /etc/docker`)).toBe('{"debug": true}\n');
  expect((await lay({ user: 'ann' })).failure).toMatchObject({
    code: 'LAYER_UNMET',
    message: expect.stringContaining('there is no user ann'),
  });
  expect((await bench.record('m1')).layers).toEqual([]);
  expect(await said(shell`ls -A /etc/docker /var/lib/rackwright`)).toContain('cannot access');
}, 300_000);

test('docker: laid, used, laid again without a change, changed, taken away', async () => {
  await said(shell`useradd ann`);
  const before = await said(packageNames);
  const laid = await lay({ user: 'ann' });
  expect(laid.failure).toBeUndefined();
  expect(changesOf(laid)).toHaveLength(6);
  expect(await said(leftOfVerification)).toBe('');
  expect(await said(shell`id -nG ann`)).toContain('docker');

  const again = await lay({ user: 'ann' });
  expect(again.failure).toBeUndefined();
  expect(changesOf(again)).toEqual([]);

  const changed = await lay({ user: 'ann', insecureRegistries: '10.1.0.0/16' });
  expect(changed.failure).toBeUndefined();
  expect(changesOf(changed)).toEqual(['docker: configure the engine', 'docker: start the engine']);
  const registries = shell`docker info --format '{{json .RegistryConfig.InsecureRegistryCIDRs}}'`;
  expect(await said(registries)).toContain('10.1.0.0/16');

  const nobody = await lay({ insecureRegistries: '10.1.0.0/16' });
  expect(changesOf(nobody)).toEqual(['docker: let a user use it']);
  expect(await said(shell`id -nG ann`)).not.toContain('docker');

  // Somebody's container is not taken away with the engine.
  await said(shell`tar -C / -c etc/hostname | docker import - own:1 && docker create --name own own:1 none`);
  const refused = await bench.remove('m1', 'docker');
  expect(refused.failure).toMatchObject({ code: 'LAYER_STEP_FAILED' });
  expect(await said(shell`docker ps -a --format '{{.Names}}'`)).toBe('own\n');
  await said(shell`docker rm own`);

  const removed = await bench.remove('m1', 'docker');
  expect(removed.failure).toBeUndefined();
  expect((await bench.record('m1')).layers).toEqual([]);
  expect(await said(packageNames)).toBe(before);
  const left = shell`ls -d /var/lib/docker /var/lib/containerd /etc/docker /var/lib/rackwright/brought/* /var/lib/rackwright/packages /sys/class/net/docker0 2>/dev/null; getent group docker; nft list ruleset 2>/dev/null | grep -i docker; true`;
  expect(await said(left)).toBe('');
}, 900_000);

const packageNames = shell`dpkg-query -W -f '\${binary:Package} \${db:Status-Status}\\n' | grep -v ' config-files$'`;
const leftOfVerification = shell`docker ps -aq; docker images -q; ls -d /var/lib/rackwright/verify-docker 2>/dev/null; pgrep -a docker-registry; true`;
