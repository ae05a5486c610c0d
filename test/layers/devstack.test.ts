import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { branchFor, refusal } from '../../layers/devstack/branch.ts';
import { settings } from '../../layers/devstack/local-conf.ts';
import { type Parameters, parameters } from '../../layers/devstack/parameters.ts';
import { findLayer, parseParameters } from '../../layers/index.ts';
import { exampleContext } from './example.ts';
import { codeOf } from '../../model/index.ts';

const devstack = findLayer('devstack');

test.each([
  ['debian/12', 'stable/2026.1'],
  ['debian/13', 'stable/2026.1'],
  ['ubuntu/24.04', 'stable/2026.1'],
  ['ubuntu/22.04', 'stable/2025.2'],
  ['ubuntu/26.04', 'master'],
])('%s gets %s', (system, branch) => {
  expect(branchFor(system)).toBe(branch);
  expect(refusal(branch, system)).toBeUndefined();
});

test('a system that the branch does not take is refused, and an unknown branch is left to itself', () => {
  expect(refusal('stable/2025.1', 'debian/13')).toBe(
    'stack.sh of stable/2025.1 takes debian/12, ubuntu/22.04, ubuntu/24.04, not debian/13',
  );
  expect(refusal('stable/2031.1', 'debian/13')).toBeUndefined();
  const context = exampleContext(devstack, {
    title: '',
    system: 'debian/13',
    parameters: { branch: 'stable/2025.1' },
  });
  expect(devstack.demands?.(context).map(({ name }) => name)).toContain('a system that the branch takes');
});

describe('local.conf', () => {
  const of = (given: object, packageProxy?: string) => {
    const context = {
      ...exampleContext(devstack, { title: '' }),
      parameters: parameters.parse(given) as Parameters,
    };
    const { packageProxy: _, ...without } = context;
    return settings(packageProxy === undefined ? without : { ...without, packageProxy });
  };

  test('is short where there is a way out', () => {
    expect(of({})).toEqual(['HOST_IP=10.78.0.20', 'LOG_COLOR=False', 'VERBOSE=True', 'RECLONE=yes']);
  });
  test('fetches nothing offline', () => {
    expect(of({ offline: true })).toContain('OFFLINE=True');
    expect(of({ offline: true })).not.toContain('RECLONE=yes');
  });
  test('goes by proxy and mirror, and never around them', () => {
    const lines = of({ mirror: 'http://m:1' }, 'http://p:3142');
    expect(lines).toEqual(
      expect.arrayContaining(['GIT_BASE=http://m:1/opendev.org', 'http_proxy=http://p:3142']),
    );
    for (const line of lines.filter((line) => line.includes('://')))
      expect(line).toMatch(/=http:\/\/(m:1\/|p:3142$)/);
  });
  test('switches services on and off', () => {
    expect(of({ services: 'heat,-horizon' }).slice(-2)).toEqual([
      'enable_service heat',
      'disable_service horizon',
    ]);
  });
});

test('the verification is good bash', () => {
  const [one] = devstack.verify(exampleContext(devstack, { title: '' }));
  if (one?.kind !== 'command') throw new Error('it runs no command');
  const script = spawnSync(
    'sh',
    [
      '-c',
      `runuser() { shift 7; "$@"; }\nenv() { :; }\nbash() { printf %s "$2"; }\n${one.script.text.replace('env -C /opt/stack HOME=/opt/stack USER=stack LOGNAME=stack', 'a b c d')}`,
    ],
    { encoding: 'utf8' },
  );
  expect(script.stdout).toContain('rackwright-verify');
  expect(spawnSync('bash', ['-n'], { input: script.stdout, encoding: 'utf8' })).toMatchObject({
    status: 0,
    stderr: '',
  });
});

test.each([
  { branch: '' },
  { branch: '--upload-pack=x' },
  { branch: 'a b' },
  { branch: '../x' },
  { commit: 'abc' },
  { services: 'heat, horizon' },
  { services: '-n-api' },
  { services: '$(x)' },
  { offline: 'yes' },
  { mirror: 'ftp://x' },
  { mirror: 'http://x/' },
  { pythonIndex: 'x' },
  { brunch: 'master' },
])('%j is refused', (given) => {
  let code: string | undefined;
  try {
    parseParameters(devstack, given);
  } catch (error) {
    code = codeOf(error);
  }
  expect(code).toBe('REQUEST_INVALID');
});
