import { afterAll, beforeAll, expect, test } from 'vitest';
import { layerSecretId, Secret } from '../../../model/index.ts';
import { type Shell, shell } from '../../../remote/index.ts';
import { changesOf, type LayerBench, layerBench } from '../../fixtures/layer-bench.ts';
import { startMirror, type TestMirror } from '../../fixtures/mirror.ts';
import { landscapeArchive } from '../../fixtures/stand-ins/landscape-packages.ts';

/** With stand-ins for client and server: see test/fixtures/stand-ins/landscape/README.md. m1 has the server. */
let bench: LayerBench;
let mirror: TestMirror;
let keyFingerprint = '';
beforeAll(async () => {
  bench = await layerBench(['m1', 'm2']);
  mirror = await startMirror(bench.rack.hostAddress);
  keyFingerprint = await mirror.apt(await landscapeArchive());
}, 600_000);
afterAll(async () => {
  await bench?.close();
  await mirror?.close();
});

const said = async (name: string, command: Shell) => (await bench.run(name, command)).stdout.trim();
const lay = (name: string, more: Readonly<Record<string, string>> = {}) =>
  bench.lay(name, 'landscape', { parameters: { mirror: mirror.url, keyFingerprint, ...more } });
const computers = () =>
  said('m1', shell`curl -s --cacert /etc/ssl/certs/landscape_server_ca.crt https://m1.example.org/computers`);
const secret = (name: string, value: string) =>
  bench.plane.store.secrets.put(layerSecretId('m-m2', 'landscape'), name, new Secret(value));
const addressOf = (name: string) => bench.members([['', name]])[0]?.address ?? '';

test('what cannot be laid is refused before anything is changed', async () => {
  expect((await lay('m2', { keyFingerprint: 'F'.repeat(40) })).failure?.code).toBe('KEY_DIFFERS');
  const nowhere = await lay('m2', { archive: 'distribution' });
  expect(nowhere.failure?.message).toContain('Debian has no landscape-client');
  const nameless = await lay('m1', { server: 'quickstart' });
  expect(nameless.failure?.message).toContain('known by a full host name');
  expect(await said('m2', shell`ls /etc/apt/keyrings /etc/apt/sources.list.d`)).not.toContain('landscape');
}, 300_000);

test('a server is not put where something else listens', async () => {
  await said('m1', shell`sed -i '/m1/d' /etc/hosts; echo ${addressOf('m1')} m1.example.org m1 >>/etc/hosts`);
  await said(
    'm1',
    shell`systemd-run --quiet --unit=other systemd-socket-activate -l 443 sleep infinity
until ss -H -l -t -n | grep -q ':443 '; do sleep 0.1; done`,
  );
  const refused = await lay('m1', { server: 'quickstart' });
  await said('m1', shell`systemctl stop other`);
  expect(refused.failure?.code).toBe('LAYER_CONFLICT');
  expect(refused.failure?.message).toContain('listens already on port 443');
}, 300_000);

test('a server and its own client: laid, read back, laid again without a change', async () => {
  const laid = await lay('m1', { server: 'quickstart', tags: 'rack-1,lab' });
  expect(laid.failure).toBeUndefined();
  expect(JSON.parse(await computers())).toEqual([
    { account_name: 'standalone', computer_title: 'm1', tags: 'rack-1,lab' },
  ]);
  const again = await lay('m1', { server: 'quickstart', tags: 'rack-1,lab' });
  expect(again.failure).toBeUndefined();
  expect(changesOf(again)).toEqual([]);
}, 600_000);

test('a client of another machine: by certificate and key, which nobody sees', async () => {
  await said('m1', shell`echo right-key >/etc/landscape/stand-in-key`);
  await secret('server-certificate', await said('m1', shell`cat /etc/ssl/certs/landscape_server_ca.crt`));
  await secret('registration-key', 'wrong-key');
  const serverHost = addressOf('m1');
  const refused = await lay('m2', { serverHost, title: 'Node 2' });
  expect(refused.failure?.code).toBe('LAYER_STEP_FAILED');
  expect(refused.failure?.message).toContain('the registration key is wrong');

  await secret('registration-key', 'right-key');
  const laid = await lay('m2', { serverHost, title: 'Node 2' });
  expect(laid.failure).toBeUndefined();
  expect(changesOf(laid)).toEqual(['landscape: tell the client', 'landscape: register']);
  expect(await computers()).toContain('"Node 2"');
  expect(
    await said(
      'm2',
      shell`stat -c '%a %U' /var/lib/rackwright/landscape/client.conf /etc/landscape/client.conf`,
    ),
  ).toBe('600 root\n600 landscape');
  for (const { name } of laid.steps) {
    const log = await bench.plane.store.operations.log(laid.id, name);
    expect(JSON.stringify(log)).not.toContain('right-key');
  }

  const tagged = await lay('m2', { serverHost, title: 'Node 2', tags: 'new' });
  expect(changesOf(tagged)).toEqual(['landscape: tell the client', 'landscape: register']);
  expect(await computers()).toContain('"tags": "new"');
}, 600_000);

test('taken away: nothing is left', async () => {
  for (const name of ['m2', 'm1']) {
    const removed = await bench.remove(name, 'landscape');
    expect(removed.failure).toBeUndefined();
    expect(
      await said(
        name,
        shell`dpkg-query -W 2>/dev/null | grep -E 'landscape|^python3\\s'; ls -d /etc/landscape /var/lib/landscape* /var/log/landscape /var/lib/rackwright/landscape /var/lib/rackwright/secrets/landscape /etc/apt/sources.list.d/landscape* /etc/apt/keyrings/landscape* /etc/ssl/certs/landscape* 2>/dev/null; systemctl list-unit-files 'landscape*' --no-legend; getent passwd landscape`,
      ),
    ).toBe('');
    expect(changesOf(await bench.remove(name, 'landscape'))).toEqual([]);
  }
}, 300_000);
