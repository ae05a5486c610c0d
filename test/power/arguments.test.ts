import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeOf, type PowerParameters } from '../../model/index.ts';
import type { Ipv4 } from '../../net/index.ts';
import { createBmcQueue, createPower, parseBmcHost } from '../../power/index.ts';
import { nastyStrings } from '../fixtures/nasty-strings.ts';
import { keptSecrets } from './kept-secrets.ts';

/** A program called ipmitool that writes down its arguments and its environment, each ended by a NUL. */
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rw-recorder-'));
  const recorder = [
    '#!/bin/sh',
    `printf '%s\\0' "$@" > ${folder}/arguments`,
    `cat /proc/$$/environ > ${folder}/environment`,
    'echo Chassis Power is on',
    '',
  ].join('\n');
  await writeFile(join(folder, 'ipmitool'), recorder, { mode: 0o755 });
});
afterAll(() => rm(folder, { recursive: true }));

const usual = {
  driver: 'ipmi',
  address: '192.0.2.7' as Ipv4,
  port: 623,
  username: 'admin',
  passwordSecret: 'x',
  cipherSuite: 17,
} as const;

async function record(changes: Partial<typeof usual> | Record<string, unknown>, password = 'canary') {
  await rm(join(folder, 'arguments'), { force: true });
  const secrets = keptSecrets({ 'x/password': password });
  const power = createPower({ queue: createBmcQueue(), secrets, binDirectories: ['/nowhere', folder] });
  const parameters = { ...usual, ...changes } as PowerParameters;
  const machine = { name: 'm', firmware: 'bios', identity: { serial: 's' } } as const;
  const outcome = await power
    .driverFor(parameters, machine)
    .query()
    .catch((error: unknown) => codeOf(error));
  const words = await readFile(join(folder, 'arguments'), 'utf8').catch(() => undefined);
  return { outcome, words: words?.split('\0').slice(0, -1) };
}

/** The arguments with one value put in its place. */
const expected = (host: string, port: string, username: string) => [
  ...[
    '-I',
    'lanplus',
    '-H',
    host,
    '-p',
    port,
    '-U',
    username,
    '-f',
    expect.stringMatching(/^\/[\w/.-]+\/password$/),
  ],
  ...['-C', '17', '-L', 'OPERATOR', '-v', '-N', '2', '-R', '2', 'chassis', 'power', 'status'],
];

describe('what ipmitool is given', () => {
  it('is the plain call, with a clean environment', async () => {
    expect(await record({})).toEqual({ outcome: 'on', words: expected('192.0.2.7', '623', 'admin') });
    const names = (await readFile(join(folder, 'environment'), 'utf8'))
      .split('\0')
      .map((pair) => pair.split('=')[0]);
    expect(names.filter(Boolean)).toEqual(['LC_ALL']);
  });

  // Words that could be options, commands or several words come first in the corpus.
  it('is each nasty user name as one argument, or nothing at all', async () => {
    let passed = 0;
    for (const username of nastyStrings.filter((text) => text.length < 20).slice(0, 120)) {
      const { outcome, words } = await record({ username });
      if (words) {
        expect(words).toEqual(expected('192.0.2.7', '623', username));
        expect(username).toMatch(/^[^-]/);
        passed++;
      } else expect(outcome).toBe('REQUEST_INVALID');
    }
    expect(passed).toBeGreaterThan(20);
  });

  it('is no nasty host and no nasty password line', async () => {
    for (const text of nastyStrings) {
      const host = parseBmcHost(text);
      expect(host === undefined || /^[a-z0-9][a-z0-9.-]*$/i.test(host)).toBe(true);
      if (host === undefined) expect(await record({ address: text })).toEqual({ outcome: 'REQUEST_INVALID' });
    }
    for (const password of ['', 'a\nb', 'a\0b', 'ä', 'x'.repeat(21)])
      expect(await record({}, password)).toEqual({ outcome: 'REQUEST_INVALID' });
  });

  it.each([0, -1, 65_536, 1.5, Number.NaN])('is not port %j', async (port) => {
    expect(await record({ port })).toEqual({ outcome: 'REQUEST_INVALID' });
  });

  it.each([0, 1, 2, -1])('is not cipher suite %j', async (cipherSuite) => {
    expect(await record({ cipherSuite })).toEqual({ outcome: 'REQUEST_INVALID' });
  });

  it('needs ipmitool', async () => {
    const secrets = keptSecrets({ 'x/password': 'x' });
    const power = createPower({ queue: createBmcQueue(), secrets, binDirectories: ['/nowhere'] });
    const driver = power.driverFor(usual, { name: 'm', firmware: 'bios', identity: { serial: 's' } });
    await expect(driver.query()).rejects.toThrow(expect.objectContaining({ code: 'TOOL_MISSING' }));
  });

  it('may answer no more than 256 KiB', async () => {
    await writeFile(join(folder, 'flood'), '');
    const flood = await mkdtemp(join(folder, 'bin-'));
    await writeFile(join(flood, 'ipmitool'), '#!/bin/sh\nexec cat /dev/zero\n', { mode: 0o755 });
    const secrets = keptSecrets({ 'x/password': 'x' });
    const power = createPower({ queue: createBmcQueue(), secrets, binDirectories: [flood] });
    const driver = power.driverFor(usual, { name: 'm', firmware: 'bios', identity: { serial: 's' } });
    await expect(driver.bootFromNetworkOnce()).rejects.toThrow(
      expect.objectContaining({ code: 'BMC_COMMAND_FAILED' }),
    );
  });
});

describe('the address of a BMC', () => {
  it.each(['10.0.0.1', 'bmc', 'bmc-1.rack.example', '7up.example', 'a'.repeat(63)])('may be %s', (host) => {
    expect(parseBmcHost(host)).toBe(host);
  });
  it.each([
    '',
    '-H',
    '-bmc',
    'bmc-',
    'a..b',
    '.a',
    'a.',
    '10.0.0',
    '10.0.0.256',
    '010.0.0.1',
    '1',
    'a_b',
    'a b',
    'a'.repeat(64),
    'http://a',
    'a/b',
    'a:1',
    '::1',
  ])('is not %j', (host) => {
    expect(parseBmcHost(host)).toBeUndefined();
  });
});
