import { describe, expect, test } from 'vitest';
import { daemonText } from '../../layers/docker/daemon-json.ts';
import { dockerArchive, dockerPackages, dockerSystems, foreignPackages } from '../../layers/docker/source.ts';
import { findLayer, parseParameters } from '../../layers/index.ts';
import { codeOf } from '../../model/index.ts';

const docker = findLayer('docker');

function codeFrom(parameters: unknown): string | undefined {
  try {
    parseParameters(docker, parameters);
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
}

describe('parameters', () => {
  test('may be left out', () => {
    expect(parseParameters(docker, undefined)).toEqual({ source: 'distribution' });
  });
  test.each([
    { source: 'snap' },
    { user: 'Ann' },
    { user: 'ann -G root' },
    { mirror: 'ftp://mirror.site' },
    { registryMirror: 'hub.site' },
    { registryMirror: 'https://hub.site/a b' },
    { insecureRegistries: '' },
    { insecureRegistries: 'hub.site,' },
    { insecureRegistries: 'http://hub.site' },
    { insecureRegistry: 'hub.site' },
  ])('%j is refused', (parameters) => {
    expect(codeFrom(parameters)).toBe('REQUEST_INVALID');
  });
  test.each([
    { user: 'ann' },
    { source: 'upstream', mirror: 'http://mirror.site/all' },
    { registryMirror: 'https://hub.site:5000/' },
    { insecureRegistries: '10.0.0.0/8, hub.site:5000,hub' },
  ])('%j is taken', (parameters) => {
    expect(codeFrom(parameters)).toBeUndefined();
  });
});

test('what the engine is told is whole, and limits logs', () => {
  expect(JSON.parse(daemonText({}))).toEqual({
    'log-driver': 'json-file',
    'log-opts': { 'max-size': '10m', 'max-file': '3' },
    'registry-mirrors': [],
    'insecure-registries': [],
  });
  const told = daemonText({ registryMirror: 'https://hub.site', insecureRegistries: '10.0.0.0/8, hub:5000' });
  expect(JSON.parse(told)).toMatchObject({
    'registry-mirrors': ['https://hub.site'],
    'insecure-registries': ['10.0.0.0/8', 'hub:5000'],
  });
});

test.each(dockerSystems)('on %s no package is wanted and refused at once', (system) => {
  for (const source of ['distribution', 'upstream'] as const) {
    const wanted = dockerPackages(source, system);
    expect(wanted.filter((name) => foreignPackages(source).includes(name))).toEqual([]);
    const other = source === 'upstream' ? 'distribution' : 'upstream';
    expect(wanted.some((name) => foreignPackages(other).includes(name))).toBe(true);
  }
});

test.each([
  ['debian/12', 'https://download.docker.com/linux/debian', 'bookworm'],
  ['ubuntu/26.04', 'https://download.docker.com/linux/ubuntu', 'resolute'],
])('the makers’ archive for %s', (system, url, suite) => {
  expect(dockerArchive(system)).toMatchObject({ url, suite, keyUrl: `${url}/gpg` });
});
