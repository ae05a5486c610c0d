import { afterAll, beforeAll, expect, test } from 'vitest';
import { shell } from '../../../remote/index.ts';
import { couchdbPackage, cozyProgram } from '../../fixtures/cozy-archive.ts';
import { changesOf, type LayerBench, layerBench, succeededOn } from '../../fixtures/layer-bench.ts';
import { startMirror, type TestMirror } from '../../fixtures/mirror.ts';

let bench: LayerBench;
let mirror: TestMirror;
const couchdbArchive = 'https://couchdb.example.org/deb';
let fingerprint = '';
const sums = new Map<string, string>();
beforeAll(async () => {
  bench = await layerBench(['m1']);
  mirror = await startMirror(bench.rack.hostAddress);
  fingerprint = await mirror.apt({
    url: couchdbArchive,
    suite: 'bookworm',
    component: 'main',
    keyUrl: 'https://couchdb.apache.org/repo/keys.asc',
    packages: [await couchdbPackage()],
  });
  for (const version of ['1.6.30', '1.6.31'])
    sums.set(
      version,
      await mirror.file(
        `https://github.com/cozy/cozy-stack/releases/download/${version}/cozy-stack-linux-amd64-${version}`,
        await cozyProgram(version),
      ),
    );
  for (const app of ['home', 'drive', 'photos'])
    await mirror.file(
      `https://apps-registry.cozycloud.cc/registry/${app}/stable/latest`,
      JSON.stringify({ slug: app, version: '1.0.0' }),
    );
}, 300_000);
afterAll(async () => {
  await mirror?.close();
  await bench?.close();
});

const at = (version: string, more: Readonly<Record<string, string>> = {}) => ({
  parameters: {
    ...{ version, sha256: sums.get(version) ?? '', mirror: mirror.url },
    ...{ couchdbArchive, couchdbFingerprint: fingerprint },
    ...{ hostname: 'cozy.example.org', apps: 'home,drive', ...more },
  },
});

async function said(command: ReturnType<typeof shell>): Promise<string> {
  const { stdout, stderr } = await bench.run('m1', command);
  return `${stdout}${stderr}`.trim();
}

async function lay(request: Parameters<LayerBench['lay']>[2], code?: string) {
  const operation = await bench.lay('m1', 'cozy', request);
  if (code === undefined) return succeededOn(bench, operation);
  expect(operation.failure).toMatchObject({ code });
  return operation;
}

test('another checksum, and another key, are refused before anything is changed', async () => {
  await lay(at('1.6.30', { sha256: 'f'.repeat(64) }), 'DOWNLOAD_DIFFERS');
  await lay(at('1.6.30', { couchdbFingerprint: 'F'.repeat(40) }), 'KEY_DIFFERS');
  expect(
    await said(shell`ls -d /etc/nginx /etc/cozy /etc/apt/sources.list.d/couchdb.sources 2>/dev/null`),
  ).toBe('');
}, 120_000);

test('laid, used, laid again without a change; one more application, and another program', async () => {
  const before = Number(await said(shell`du -xsm / | cut -f 1`));
  const laid = await lay(at('1.6.30'));
  const seconds = (from?: string, to?: string) => (Date.parse(to ?? '') - Date.parse(from ?? '')) / 1_000;
  console.log(
    laid.steps.map(({ name, startedAt, endedAt }) => `${name} ${seconds(startedAt, endedAt)} s`).join('; '),
  );
  console.log(`disk ${Number(await said(shell`du -xsm / | cut -f 1`)) - before} MiB`);
  expect(changesOf(await lay(at('1.6.30')))).toEqual([]);
  const listening = await said(
    shell`ss -Hltn | awk '{ print $4 }' | grep -E ':(5984|6060|8080)$' | sort | tr '\\n' ' '`,
  );
  expect(listening).toBe('127.0.0.1:5984 127.0.0.1:6060 127.0.0.1:8080');
  expect(await said(shell`stat -c '%a %U' /etc/cozy/rackwright.env /etc/cozy/cozy-admin-passphrase`)).toBe(
    '600 root\n600 cozy-stack',
  );

  const more = await lay(at('1.6.30', { apps: 'home,drive,photos' }));
  expect(changesOf(more)).toEqual(['cozy: install applications']);
  const newer = await lay(at('1.6.31', { apps: 'home,drive,photos' }));
  expect(changesOf(newer)).toEqual(['cozy: place the program', 'cozy: start the stack']);
  expect(await said(shell`cozy-stack version --config /dev/null`)).toBe('1.6.31');
  await lay(at('1.6.31', { hostname: 'other.example.org' }), 'LAYER_CONFLICT');
}, 600_000);

test('is taken away', async () => {
  expect((await bench.remove('m1', 'cozy')).failure).toBeUndefined();
  const left = shell`dpkg-query -W -f '\${db:Status-Abbrev}\${Package}\\n' 2>/dev/null | grep -E 'nginx|couchdb|imagemagick|lato' | tr '\\n' ' '; ls -d /etc/cozy /var/lib/cozy /opt/couchdb /var/lib/couchdb /etc/nginx /etc/rackwright /usr/local/bin/cozy-stack /etc/apt/keyrings/couchdb.gpg /etc/apt/sources.list.d/couchdb.sources /var/lib/rackwright/cozy /var/lib/rackwright/secrets/cozy /etc/systemd/system/cozy* 2>/dev/null; getent passwd cozy-stack couchdb`;
  expect(await said(left)).toBe('');
  expect(changesOf(await bench.remove('m1', 'cozy'))).toEqual([]);
}, 300_000);
