import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeOwnCertificate, ownCertificateFiles } from '../../layers/parts/certificate.ts';
import { findLayer, parseParameters } from '../../layers/index.ts';
import { chooseRelease } from '../../layers/owncloud/edition.ts';
import { plainSiteText, secureSiteText } from '../../layers/owncloud/site.ts';
import { codeOf } from '../../model/index.ts';
import { ipv4 } from '../../net/index.ts';
import { exampleContext } from './example.ts';

const owncloud = findLayer('owncloud');
const sha256 = 'a'.repeat(64);

function codeFrom(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
}

describe('which release is laid on which system', () => {
  test.each([
    ['debian/12', {}, 'ocis'],
    ['ubuntu/22.04', {}, 'ocis'],
    ['debian/13', {}, 'server 11.0.0'],
    ['ubuntu/24.04', {}, 'server 11.0.0'],
    ['ubuntu/26.04', {}, 'server 11.0.0'],
    ['ubuntu/24.04', { edition: 'ocis', version: '7.2.0' }, 'ocis 7.2.0'],
    ['ubuntu/24.04', { version: '11.1.0' }, 'server 11.1.0'],
    ['debian/12', { php: 'any' }, 'server 11.0.0'],
    ['debian/12', { edition: 'server', php: 'any', version: '10.16.4' }, 'server 10.16.4'],
    ['debian/12', { edition: 'server' }, 'LAYER_UNSUPPORTED'],
    ['ubuntu/22.04', { edition: 'server', version: '11.0.0' }, 'LAYER_UNSUPPORTED'],
    // PHP 7.4 is on none of them.
    ['debian/12', { edition: 'server', version: '10.16.4' }, 'LAYER_UNSUPPORTED'],
    ['ubuntu/26.04', { edition: 'server', version: '10.16.4' }, 'LAYER_UNSUPPORTED'],
    ['ubuntu/24.04', { edition: 'server', version: '12.0.0' }, 'LAYER_UNSUPPORTED'],
  ] as const)('%s %j: %s', (system, asked, wanted) => {
    const parameters = parseParameters(owncloud, asked) as Parameters<typeof chooseRelease>[1];
    const code = codeFrom(() => chooseRelease(system, parameters));
    if (code !== undefined) return expect(code).toBe(wanted);
    const { edition, version, url } = chooseRelease(system, parameters);
    expect(`${edition} ${version}`).toContain(wanted);
    expect(url).toContain(version);
  });
});

describe('parameters', () => {
  test.each([
    { edition: 'container' },
    { version: 'latest' },
    { sha256: 'A'.repeat(64) },
    { hostname: 'Files.example.org' },
    { hostname: '-x.example.org' },
    { trustedDomains: 'a.example.org,' },
    { trustedDomains: 'a.example.org, b.example.org' },
    { adminName: "o'admin" },
    { dataDirectory: '/srv' },
    { dataDirectory: '/srv/../etc' },
    { dataDirectory: '/srv/a b' },
    { dataDirectory: '/var/www/owncloud/data' },
    { certificate: 'files' },
    { certificate: 'files', certificateChain: '/etc/ssl/a.crt' },
    { certificateChain: '/etc/ssl/a.crt', certificateKey: '/etc/ssl/a.key' },
    { certificate: 'acme' },
    { certificate: 'acme', acmeEmail: '-x@example.org' },
    { acmeEmail: 'a@example.org' },
    { download: 'ftp://example.org/x' },
    { php: '8.2' },
    { databasePassword: 'x' },
  ])('%j is refused', (parameters) => {
    expect(codeFrom(() => parseParameters(owncloud, parameters))).toBe('REQUEST_INVALID');
  });

  test('what is laid needs its checksum, and what is removed needs nothing', () => {
    const context = exampleContext(owncloud, { title: 'bare' });
    expect(codeFrom(() => owncloud.apply(context))).toBe('REQUEST_INVALID');
    expect(owncloud.remove(context).length).toBeGreaterThan(0);
  });

  test('Infinite Scale has one administrator', () => {
    const context = exampleContext(owncloud, { title: 'bare', parameters: { sha256, adminName: 'other' } });
    expect(codeFrom(() => owncloud.demands?.(context))).toBe('REQUEST_INVALID');
  });
});

test('no secret is a word of a program', () => {
  const parameters = { sha256, php: 'any' };
  const context = exampleContext(owncloud, { title: 'server', parameters });
  const scripts = [...owncloud.apply(context), ...owncloud.verify(context)].map((one) =>
    'script' in one ? one.script.text : '',
  );
  const secrets = scripts.flatMap((text) => text.split('\n').filter((line) => line.includes('/secrets/')));
  expect(secrets.length).toBeGreaterThan(0);
  // Into a variable, or into text that the shell itself writes to a file.
  for (const line of secrets) expect(line).toMatch(/^password=\$\(cat |=> base64_decode\('\$\(base64 -w 0 /);
});

test('HTTP is nothing but the way to HTTPS', () => {
  const text = plainSiteText(['a.example.org', 'b.example.org']);
  expect(text).toContain('RedirectMatch 308');
  expect(text).toContain('https://a.example.org/$1');
  expect(text).not.toContain('DocumentRoot');
  const files = ownCertificateFiles('/etc/x');
  for (const edition of ['server', 'ocis'] as const)
    expect(secureSiteText(['a.example.org'], files, edition)).toContain('Strict-Transport-Security');
});

test('an authority of its own signs for names and address, once, and again for other names', () => {
  const home = mkdtempSync(join(tmpdir(), 'rw-tls-'));
  const folder = join(home, 'tls');
  const files = ownCertificateFiles(folder);
  const run = (names: readonly string[]) => {
    const { done, script } = makeOwnCertificate({ folder, names, address: ipv4('10.78.0.20') });
    const isDone = () => spawnSync('sh', ['-eu'], { input: done?.text ?? 'false' }).status === 0;
    const was = isDone();
    expect(spawnSync('sh', ['-eu'], { input: script.text, encoding: 'utf8' })).toMatchObject({ status: 0 });
    expect(isDone()).toBe(true);
    return was;
  };
  try {
    expect(run(['a.example.org', '*.a.example.org'])).toBe(false);
    const authority = readFileSync(files.authority, 'utf8');
    const shown = spawnSync('openssl', [
      'x509',
      '-noout',
      '-ext',
      'subjectAltName',
      '-in',
      files.certificate,
    ]);
    expect(String(shown.stdout)).toContain('DNS:a.example.org, DNS:*.a.example.org, IP Address:10.78.0.20');
    expect(statSync(files.key).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'authority.key')).mode & 0o777).toBe(0o600);
    expect(run(['a.example.org', '*.a.example.org'])).toBe(true);
    expect(run(['b.example.org'])).toBe(false);
    expect(readFileSync(files.authority, 'utf8')).toBe(authority);
  } finally {
    rmSync(home, { recursive: true });
  }
});
