import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maxScriptBytes, readScript } from '../../inventory/index.ts';
import { type CodedError, codeOf, type ScriptMetadata } from '../../model/index.ts';
import { nastyStrings } from '../fixtures/nasty-strings.ts';

/** A header in the form that operators of MAAS write, around the given YAML. */
function withHeader(yaml: string, maker = 'MAAS', version = '1.0'): string {
  const lines = yaml.split('\n').map((line) => `# ${line}`);
  return [
    '#!/bin/bash -e',
    '#',
    '# restarts nothing',
    `# --- Start ${maker} ${version} script metadata ---`,
    ...lines,
    `# --- End ${maker} ${version} script metadata ---`,
    'echo hello',
    '',
  ].join('\n');
}

const read = (yaml: string): ScriptMetadata => readScript(withHeader(yaml), 'from-file').metadata;

function refusal(act: () => unknown): unknown {
  try {
    act();
    return 'accepted';
  } catch (error) {
    if (codeOf(error) !== 'REQUEST_INVALID') throw error;
    return (error as CodedError).details.field;
  }
}

test('a whole header of MAAS is understood', () => {
  const yaml = `name: 50-disk-check
title: Check the disks
description: Looks at each disk.
tags: storage, noauto
script_type: test
hardware_type: storage
parallel: instance
timeout: 00:20:30
packages: {apt: [smartmontools, jq]}
parameters:
  storage:
    type: storage
    argument_format: '--disk {path} --serial={serial}'
  runtime:
    type: runtime
    min: 10
    max: 600
    default: 60
  url:
    type: url
    required: false
    allow_list: true
results:
  speed:
    title: Speed
    description: MB a second
for_hardware: pci:8086:1572, system_vendor:Dell*
destructive: yes
may_reboot: false
recommission: True
apply_configured_networking: False
comment: second edition`;
  expect(read(yaml)).toEqual({
    name: '50-disk-check',
    title: 'Check the disks',
    description: 'Looks at each disk.',
    tags: ['storage', 'noauto'],
    type: 'testing',
    hardware: 'storage',
    parallel: 'instance',
    timeoutSeconds: 1230,
    packages: ['smartmontools', 'jq'],
    missingPackages: 'fail',
    parameters: {
      storage: {
        kind: 'storage',
        title: '',
        description: '',
        argumentFormat: '--disk {path} --serial={serial}',
        required: true,
      },
      runtime: {
        kind: 'runtime',
        title: '',
        description: '',
        argumentFormat: '--runtime={input}',
        default: '60',
        required: true,
        min: 10,
        max: 600,
      },
      url: { kind: 'url', title: '', description: '', argumentFormat: '--url={input}', required: false },
    },
    results: [{ name: 'speed', title: 'Speed', description: 'MB a second' }],
    forHardware: ['pci:8086:1572', 'system_vendor:Dell*'],
    destructive: true,
    recommission: true,
    applyConfiguredNetworking: false,
  });
});

test.each([
  ['timeout: 90', 90],
  ['timeout: "90"', 90],
  ['timeout: 1:30:00', 5400],
  ['timeout: 01:30:00', 5400],
  ['timeout: 05:00', 300],
  ['timeout: 0', 0],
  ['title: none', 0],
])('%s is %d s', (yaml, seconds) => {
  expect(read(yaml).timeoutSeconds).toBe(seconds);
});

test('what MAAS assumes where nothing is said', () => {
  const bare = '#!/bin/sh\necho hello\n';
  expect(readScript(bare, 'hello').metadata).toMatchObject({
    name: 'hello',
    type: 'testing',
    hardware: 'node',
    parallel: 'disabled',
    destructive: false,
    missingPackages: 'fail',
  });
  expect(read('packages: {apt: jq}').packages).toEqual(['jq']);
  expect(read('results: [a, b]').results.map(({ name }) => name)).toEqual(['a', 'b']);
});

test('a header of our own knows one key more', () => {
  expect(readScript(withHeader('missing_packages: run', 'Rackwright'), 'x').metadata.missingPackages).toBe(
    'run',
  );
});

test('a version is the digest of its text', () => {
  const text = withHeader('name: a');
  expect(readScript(text).sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(readScript(text).sha256).toBe(readScript(text, 'other').sha256);
  expect(readScript(`${text}\n`).sha256).not.toBe(readScript(text).sha256);
});

describe('what cannot be used is refused, and the field at fault is named', () => {
  test.each([
    ['timeout: soon', 'metadata.timeout'],
    ['timeout: -1', 'metadata.timeout'],
    ['timeout: 604801', 'metadata.timeout'],
    ['timeout: 00:99:00', 'metadata.timeout'],
    ['name: a/b', 'metadata.name'],
    ['name: ../../etc/passwd', 'metadata.name'],
    ['nane: a', 'metadata.nane'],
    ['type: tests', 'metadata.type'],
    ['hardware_type: tape', 'metadata.hardware_type'],
    ['parallel: maybe', 'metadata.parallel'],
    ['tags: [1]', 'metadata.tags.0'],
    ['tags: ["two words"]', 'metadata.tags.0'],
    ['destructive: perhaps', 'metadata.destructive'],
    ['may_reboot: true', 'metadata.may_reboot'],
    ['packages: {snap: x}', 'metadata.packages.snap'],
    ['packages: {url: http://example.org/x.deb}', 'metadata.packages.url'],
    ['packages: {rpm: x}', 'metadata.packages.rpm'],
    ['packages: {apt: ["--allow-unauthenticated"]}', 'metadata.packages.apt.0'],
    ['packages: {apt: ["jq; reboot"]}', 'metadata.packages.apt.0'],
    ['for_hardware: [pci:1:2]', 'metadata.for_hardware.0'],
    ['results: {speed: {}}', 'metadata.results.speed.title'],
    ['parameters: {p: {}}', 'metadata.parameters.p.type'],
    ['parameters: {p: {type: password}}', 'metadata.parameters.p.type'],
    ['parameters: {p: {type: url, argument_format: "{path}"}}', 'metadata.parameters.p.argument_format'],
    ['parameters: {p: {type: storage, argument_format: "--all"}}', 'metadata.parameters.p.argument_format'],
    ['parameters: {p: {type: runtime, min: 5, max: 2}}', 'metadata.parameters.p.min'],
    ['parameters: {p: {type: url, min: 5}}', 'metadata.parameters.p.min'],
    ['parameters: {p: {type: storage}, q: {type: storage}}', 'metadata.parameters'],
    ['- a list', 'metadata'],
    ['name: [', 'metadata'],
    ['name: a\nname: b', 'metadata'],
    ['a: &x [1]\nb: *x', 'metadata'],
  ])('%j', (yaml, field) => {
    expect(refusal(() => read(yaml))).toBe(field);
  });

  test.each([
    ['no interpreter', 'echo hello\n', 'content'],
    ['a NUL', '#!/bin/sh\necho \0\n', 'content'],
    ['half a character', '#!/bin/sh\necho \ud800\n', 'content'],
    ['line ends of Windows', '#!/bin/sh\r\necho\r\n', 'content'],
    ['another version', withHeader('name: a', 'MAAS', '2.0'), 'metadata'],
    ['no end', withHeader('name: a').replace(/^# --- End.*$/m, ''), 'metadata'],
    ['a line of another kind', withHeader('name: a').replace('# name', 'name'), 'metadata'],
    ['no name at all', '#!/bin/sh\n', 'metadata.name'],
  ])('%s', (_, text, field) => {
    expect(refusal(() => readScript(text))).toBe(field);
  });

  test('a byte more than there may be', () => {
    const head = '#!/bin/sh\n#';
    expect(refusal(() => readScript(head + 'x'.repeat(maxScriptBytes - head.length), 'a'))).toBe('accepted');
    expect(refusal(() => readScript(head + 'x'.repeat(maxScriptBytes + 1 - head.length), 'a'))).toBe(
      'content',
    );
  });

  test('whatever it is, it is understood or refused by its field, and soon', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.constantFrom(...nastyStrings.slice(0, 60)),
      fc.constantFrom(
        '\n# name: a',
        '\n#   - ',
        ': ',
        '&a ',
        '*a',
        '!!js/function',
        '<<: ',
        '"',
        '{',
        '[',
        '\n---\n',
        '|',
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const field = refusal(() => readScript(withHeader(pieces.join('')), 'a'));
        if (field !== 'accepted') expect(field).toMatch(/^(content|metadata)/);
      }),
      { numRuns: 300 },
    );
  });
});
