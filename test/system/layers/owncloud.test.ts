import { afterAll, beforeAll, expect, test } from 'vitest';
import { shell } from '../../../remote/index.ts';
import { changesOf, type LayerBench, layerBench, succeededOn } from '../../fixtures/layer-bench.ts';
import { startMirror, type TestMirror } from '../../fixtures/mirror.ts';
import { ownCloudArchive, scaleProgram } from '../../fixtures/owncloud-archive.ts';

let bench: LayerBench;
let mirror: TestMirror;
const sums = new Map<string, string>();
beforeAll(async () => {
  bench = await layerBench(['m1']);
  mirror = await startMirror(bench.rack.hostAddress);
  const migrations: readonly (readonly [string, string?])[] = [
    ['11.0.0'],
    [
      '11.0.1',
      `$database->exec('CREATE TABLE oc_half (id INT)'); $database->exec("DELETE FROM oc_users"); throw new RuntimeException('oc_users has no index');`,
    ],
    [
      '11.0.2',
      `if (!is_file('/var/tmp/migrating')) { touch('/var/tmp/migrating'); $database->exec('DROP TABLE oc_users'); sleep(3600); }
$database->exec('ALTER TABLE oc_users ADD COLUMN quota VARCHAR(16)');`,
    ],
  ];
  for (const [version, migrate] of migrations)
    sums.set(
      version,
      await mirror.file(
        `https://download.owncloud.com/server/stable/owncloud-${version}.tar.bz2`,
        await ownCloudArchive(version, migrate),
      ),
    );
  for (const version of ['7.1.0', '7.1.1', '7.1.2'])
    sums.set(
      version,
      await mirror.file(
        `https://download.owncloud.com/ocis/ocis/stable/${version}/ocis-${version}-linux-amd64`,
        await scaleProgram(version, version === '7.1.1'),
      ),
    );
}, 300_000);
afterAll(async () => {
  await mirror?.close();
  await bench?.close();
});

const at = (version: string, more: Readonly<Record<string, string | boolean>> = {}) => ({
  parameters: {
    ...{ version, sha256: sums.get(version) ?? '', mirror: mirror.url, hostname: 'files.example.org' },
    ...more,
  },
});
/** Debian 12 has PHP 8.2, which server 11 does not name; the stand-in runs with it. */
const server = (version: string, more: Readonly<Record<string, string | boolean>> = {}) =>
  at(version, { php: 'any', ...more });

async function lay(request: Parameters<LayerBench['lay']>[2], code?: string) {
  const operation = await bench.lay('m1', 'owncloud', request);
  if (code === undefined) return succeededOn(bench, operation);
  expect(operation.failure).toMatchObject({ code });
  return operation;
}

async function said(command: ReturnType<typeof shell>): Promise<string> {
  const { stdout, stderr } = await bench.run('m1', command);
  return `${stdout}${stderr}`.trim();
}

/** What an upgrade may not lose, and what tells of one that is half done. */
const state = async () => ({
  version: await said(shell`sed -n "s/.*VersionString = '\\(.*\\)';/\\1/p" /var/www/owncloud/version.php`),
  status: await said(
    shell`curl --silent --cacert /etc/rackwright/tls/owncloud/authority.crt --resolve files.example.org:443:127.0.0.1 https://files.example.org/status.php | grep -o '"\\(maintenance\\|needsDbUpgrade\\)":[a-z]*' | tr '\\n' ' '`,
  ),
  users: await said(shell`mariadb -N owncloud -e 'SELECT uid FROM oc_users'`),
  tables: await said(shell`mariadb -N owncloud -e 'SHOW TABLES' | tr '\\n' ' '`),
  file: await said(shell`cat /var/lib/owncloud/data/admin/files/kept.txt`),
  beside: await said(shell`ls -d /var/www/owncloud?* /var/lib/rackwright/owncloud/upgrading 2>/dev/null`),
});

test('what cannot be is refused before anything is changed', async () => {
  const refusals: readonly (readonly [Parameters<LayerBench['lay']>[2], string])[] = [
    [server('11.0.0', { sha256: 'f'.repeat(64) }), 'DOWNLOAD_DIFFERS'],
    [at('11.0.0', { edition: 'server' }), 'LAYER_UNSUPPORTED'],
    [server('11.0.0', { dataDirectory: '/usr/share/doc' }), 'LAYER_CONFLICT'],
  ];
  const before = await said(
    shell`find /etc /var/www /var/lib/rackwright /var/cache/rackwright /var/tmp -newer /etc/hostname 2>/dev/null | sort`,
  );
  for (const [request, code] of refusals) await lay(request, code);
  const path = '/download.owncloud.com/server/stable/owncloud-11.0.0.tar.bz2';
  mirror.faults.order(path, { kind: 'unavailable', times: 1_000 });
  const wrong = server('11.0.0', { sha256: 'f'.repeat(64) });
  await lay(wrong, 'MIRROR_UNREACHABLE');
  mirror.faults.order(path, { kind: 'unavailable', times: 0 });
  await lay(wrong, 'DOWNLOAD_DIFFERS');
  expect(
    await said(
      shell`find /etc /var/www /var/lib/rackwright /var/cache/rackwright /var/tmp -newer /etc/hostname 2>/dev/null | sort`,
    ),
  ).toBe(before);
}, 300_000);

test('the server: laid, used, and laid again without a change, with no password in an argument', async () => {
  await bench.run('m1', shell`systemd-run --quiet --unit watch-arguments perl -e ${watchArguments}`);
  const before = await said(shell`du -xsm / | cut -f 1`);
  const laid = await lay(server('11.0.0'));
  tell('lay', laid);
  const again = await lay(server('11.0.0'));
  tell('lay again', again);
  expect(changesOf(again)).toEqual([]);
  await bench.run('m1', shell`systemctl stop watch-arguments`);
  expect(await said(shell`cat /run/watched`)).toMatch(/^php [1-9]\d* leaks 0$/);
  const after = await said(shell`du -xsm / | cut -f 1`);
  console.log(
    `disk ${Number(after) - Number(before)} MiB; resident, summed, KiB:`,
    await said(shell`ps -C apache2,mariadbd -o rss= | awk '{ s += $1 } END { print s }'`),
  );
  expect(await said(shell`ls /var/www/owncloud/config`)).not.toContain('autoconfig');
  expect(
    await said(
      shell`curl --silent --output /dev/null --write-out '%{http_code}' --insecure https://127.0.0.1/config/config.php -H 'Host: files.example.org'`,
    ),
  ).toBe('403');
  await bench.run('m1', shell`systemctl start owncloud-cron.service`);
  expect(
    await said(shell`mariadb -N owncloud -e "SELECT configkey FROM oc_appconfig" | sort | tr '\\n' ' '`),
  ).toBe('backgroundjobs_mode lastcron');
}, 600_000);

test('another name: certificate, sites and trusted domains follow, nothing else', async () => {
  const named = server('11.0.0', { trustedDomains: 'cloud.example.org' });
  const laid = await lay(named);
  expect(changesOf(laid)).toEqual([
    'owncloud: serve HTTP',
    'owncloud: make the certificate',
    'owncloud: serve HTTPS',
    'owncloud: configure ownCloud',
  ]);
  const other = shell`curl --silent --cacert /etc/rackwright/tls/owncloud/authority.crt --resolve cloud.example.org:443:127.0.0.1 https://cloud.example.org/`;
  expect(await said(other)).toContain('stand-in');
  await lay(server('11.0.0'));
}, 300_000);

test('an upgrade that fails leaves everything as it was', async () => {
  await bench.run(
    'm1',
    shell`printf 'machine files.example.org login admin password %s\\n' "$(cat /var/lib/rackwright/secrets/owncloud/admin)" >/root/netrc; echo kept | curl --silent --netrc-file /root/netrc --cacert /etc/rackwright/tls/owncloud/authority.crt --resolve files.example.org:443:127.0.0.1 --upload-file - https://files.example.org/remote.php/webdav/kept.txt; rm /root/netrc`,
  );
  const before = await state();
  expect(before).toMatchObject({ version: '11.0.0', file: 'kept', users: 'admin', beside: '' });
  expect(before.status).toBe('"maintenance":false "needsDbUpgrade":false');
  const failed = await lay(server('11.0.1'), 'LAYER_STEP_FAILED');
  expect(failed.failure?.message).toContain(
    'occ upgrade: RuntimeException: oc_users has no index; ownCloud is 11.0.0 again',
  );
  expect(await state()).toEqual(before);
  await lay({ ...server('11.0.0'), only: 'verify' });
}, 300_000);

test('an upgrade that was cut off is put back, and done', async () => {
  const before = await state();
  const kept = await said(shell`ls /var/backups/owncloud 2>/dev/null | wc -l`);
  const { operationId } = await bench.ask('m1', { layer: 'owncloud', ...server('11.0.2') });
  await bench.run(
    'm1',
    shell`tries=0; until [ -e /var/tmp/migrating ] && ! mariadb -N owncloud -e 'SHOW TABLES' | grep -q oc_users; do tries=$((tries + 1)); [ "$tries" -lt 300 ]; sleep 0.2; done; systemctl kill --signal=KILL 'rw-*'`,
    90_000,
  );
  expect((await bench.ended(operationId)).failure).toMatchObject({ code: 'LAYER_STEP_FAILED' });
  expect((await state()).status).toBe('"maintenance":true "needsDbUpgrade":true');
  const done = await lay(server('11.0.2'));
  expect(changesOf(done)).toEqual(['owncloud: upgrade ownCloud']);
  expect(await state()).toEqual({ ...before, version: '11.0.2' });
  expect(
    await said(shell`mariadb -N owncloud -e 'SHOW COLUMNS FROM oc_users' | cut -f 1 | tr '\\n' ' '`),
  ).toBe('uid password quota');
  expect(changesOf(await lay(server('11.0.2')))).toEqual([]);
  const backups = await said(
    shell`stat -c %a /var/backups/owncloud/* | sort -u; ls /var/backups/owncloud/*/database.sql | wc -l`,
  );
  expect(backups).toBe(`700\n${Number(kept) + 2}`);
}, 300_000);

test('what cannot be changed is refused', async () => {
  const refusals: readonly (readonly [Parameters<LayerBench['lay']>[2], string])[] = [
    [server('11.0.0'), 'LAYER_UNSUPPORTED'],
    [server('11.0.2', { dataDirectory: '/srv/owncloud/data' }), 'LAYER_CONFLICT'],
    [server('11.0.2', { adminName: 'other' }), 'LAYER_CONFLICT'],
    [at('7.1.0', { edition: 'ocis' }), 'LAYER_CONFLICT'],
  ];
  for (const [request, code] of refusals) await lay(request, code);
}, 120_000);

/** All that a layer of any edition may leave. Backups stay, for whoever needs them. */
const left = () =>
  said(
    shell`dpkg-query -W -f '\${db:Status-Abbrev}\${Package}\\n' 2>/dev/null | grep -E 'apache2|php|mariadb|bzip2' | tr '\\n' ' '; ls -d /var/www/* /etc/apache2 /etc/mysql /etc/php /var/lib/mysql /var/lib/owncloud /etc/rackwright /etc/ocis /usr/local/bin/ocis /var/cache/rackwright /var/lib/rackwright/owncloud /var/lib/rackwright/packages/used-by/* /var/lib/rackwright/secrets/owncloud /etc/systemd/system/owncloud* /etc/systemd/system/ocis* 2>/dev/null; getent passwd ocis mysql`,
  );

test('the server is taken away, and its backups stay', async () => {
  const removed = await bench.remove('m1', 'owncloud');
  expect(removed.failure).toBeUndefined();
  tell('remove', removed);
  expect(await left()).toBe('');
  expect(changesOf(await bench.remove('m1', 'owncloud'))).toEqual([]);
  expect(await said(shell`ls /var/backups/owncloud | wc -l; rm -r /var/backups/owncloud`)).toMatch(/^[1-9]/);
}, 300_000);

test('Infinite Scale, which is what Debian 12 gets: laid, used, laid again without a change', async () => {
  const laid = await lay(at('7.1.0'));
  tell('lay ocis', laid);
  const again = await lay(at('7.1.0'));
  expect(changesOf(again)).toEqual([]);
  expect(await said(shell`ss -Hltn 'sport = :9200' | awk '{ print $4 }'`)).toBe('127.0.0.1:9200');
}, 300_000);

test('a program that does not answer goes, and the one before comes back', async () => {
  const failed = await lay(at('7.1.1'), 'LAYER_STEP_FAILED');
  expect(failed.failure?.message).toContain('the program before is in its place again: ocis: it is broken');
  await lay({ ...at('7.1.0'), only: 'verify' });
  const next = await lay(at('7.1.2'));
  expect(changesOf(next)).toEqual(['owncloud: place the program', 'owncloud: start Infinite Scale']);
  expect(await said(shell`OCIS_BASE_DATA_PATH=/ OCIS_CONFIG_DIR=/ ocis version`)).toBe('Version: 7.1.2');
}, 400_000);

test('Infinite Scale is taken away', async () => {
  const removed = await bench.remove('m1', 'owncloud');
  expect(removed.failure).toBeUndefined();
  expect(await left()).toBe('');
  expect(changesOf(await bench.remove('m1', 'owncloud'))).toEqual([]);
}, 300_000);

function tell(what: string, { steps }: Awaited<ReturnType<LayerBench['lay']>>): void {
  const seconds = (from?: string, to?: string) => (Date.parse(to ?? '') - Date.parse(from ?? '')) / 1_000;
  console.log(
    what,
    steps.map(({ name, startedAt, endedAt }) => `${name} ${seconds(startedAt, endedAt)} s`).join('; '),
  );
}

/** On the machine: looks at the arguments of all processes for the secrets of the layer, as they are and in base64. */
const watchArguments = `use MIME::Base64; my ($php, $leaks) = (0, 0); my %seen;
$SIG{TERM} = sub { open my $out, '>', '/run/watched'; print $out "php $php leaks $leaks\\n"; exit 0 };
while (1) {
  my @secrets = map { open(my $in, '<', $_) ? do { local $/; my $text = <$in>; ($text, encode_base64($text, '')) } : () } glob '/var/lib/rackwright/secrets/owncloud/*';
  for my $file (glob '/proc/[0-9]*/cmdline') {
    open my $in, '<', $file or next;
    my $words = do { local $/; <$in> } // next;
    $php++ if $words =~ /occ/ && !$seen{$file}++;
    for my $secret (@secrets) { $leaks++ if length $secret && index($words, $secret) >= 0 }
  }
  select undef, undef, undef, 0.005;
}`;
