import { describe, expect, test } from 'vitest';
import { siteText, stackConfigText } from '../../layers/cozy/config.ts';
import { findLayer, parseParameters } from '../../layers/index.ts';
import { codeOf } from '../../model/index.ts';
import { exampleContext } from './example.ts';

const cozy = findLayer('cozy');

function codeFrom(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
}

describe('parameters', () => {
  test.each([
    { hostname: 'Cozy.example.org' },
    { hostname: '*.example.org' },
    { hostname: 'cozy.example.org;' },
    { version: 'latest' },
    { sha256: 'f' },
    { apps: 'home,' },
    { apps: 'home, drive' },
    { email: '-x@example.org' },
    { locale: 'xx' },
    { certificate: 'files' },
    { certificateChain: '/etc/ssl/a.crt', certificateKey: '/etc/ssl/a.key' },
    { certificate: 'files', certificateChain: '/etc/ssl/a;.crt', certificateKey: '/etc/ssl/a.key' },
    { couchdbFingerprint: '390ef70b' },
    { source: 'archive' },
  ])('%j is refused', (parameters) => {
    expect(codeFrom(() => parseParameters(cozy, parameters))).toBe('REQUEST_INVALID');
  });

  test('what is laid needs its checksum, and what is removed needs nothing', () => {
    const context = exampleContext(cozy, { title: 'bare' });
    expect(codeFrom(() => cozy.apply(context))).toBe('REQUEST_INVALID');
    expect(cozy.remove(context).length).toBeGreaterThan(0);
  });
});

test('only the proxy is met by others, and applications are names below the instance', () => {
  const config = stackConfigText('http://10.78.0.254:8000');
  expect(config.match(/^ *host: .*$/gm)).toEqual([
    'host: 127.0.0.1',
    '  host: 127.0.0.1',
    '  host: localhost',
  ]);
  expect(config).toContain('- http://10.78.0.254:8000/apps-registry.cozycloud.cc/');
  const site = siteText('cozy.example.org', { certificate: '/a', key: '/b' });
  expect(site.match(/server_name .*/g)).toEqual(
    Array.from({ length: 2 }, () => 'server_name cozy.example.org *.cozy.example.org;'),
  );
});

test('no secret is a word of a program', () => {
  const context = exampleContext(cozy, {
    title: 'own',
    parameters: { sha256: 'a'.repeat(64), couchdbArchive: 'https://couchdb.example.org/deb' },
  });
  const scripts = [...cozy.apply(context), ...cozy.verify(context)].flatMap((one) =>
    'script' in one ? one.script.text.split('\n') : [],
  );
  const secrets = scripts.filter((line) => line.includes('/secrets/'));
  expect(secrets.length).toBeGreaterThan(0);
  // Into a variable, or by the shell's own printf into a file or a pipe.
  for (const line of secrets)
    expect(line.trim()).toMatch(
      /^(password=|COZY_ADMIN_PASSPHRASE=)\$\(cat |(^|[ (])printf '?%?s?.*\$\(cat .*\)"? *(>|\|)/,
    );
});
