import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { networkRequest } from '../../cli/deploy/network-flags.ts';
import { systemRequest } from '../../cli/deploy/system-flags.ts';

const directory = mkdtempSync(join(tmpdir(), 'rw-flags-'));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}
const anna = file('anna.pub', 'ssh-ed25519 AAAA anna\n# comment\n');
const bert = file('bert.pub', 'ssh-ed25519 BBBB bert\n');

test('nothing given is nothing asked', async () => {
  expect(await networkRequest({})).toBeUndefined();
  expect(await systemRequest({ user: [], package: [] })).toBeUndefined();
});

test('a network from YAML, from JSON, and with an address', async () => {
  const asked = { bonds: [{ name: 'bond0', interfaces: ['enp1s0', '52:54:00:00:00:01'], mode: '802.3ad' }] };
  const yaml = file(
    'n.yaml',
    'bonds:\n- {name: bond0, mode: 802.3ad, interfaces: [enp1s0, "52:54:00:00:00:01"]}\n',
  );
  const json = file('n.json', JSON.stringify(asked));
  expect(await networkRequest({ networkFile: yaml })).toEqual(asked);
  expect(await networkRequest({ networkFile: json, address: '10.78.0.30' })).toEqual({
    ...asked,
    address: '10.78.0.30',
  });
  expect(await networkRequest({ address: '10.78.0.30' })).toEqual({ address: '10.78.0.30' });
});

test('users, with keys of their own or those of --ssh-key', async () => {
  const userData = file('user-data', '#cloud-config\n');
  expect(
    await systemRequest({
      user: [`anna:${anna}`, 'bert'],
      sshKey: [bert],
      userData,
      hostname: 'db-1',
      rootLogin: true,
    }),
  ).toEqual({
    hostname: 'db-1',
    rootLogin: true,
    userData: '#cloud-config\n',
    users: [
      { name: 'anna', sshKeys: ['ssh-ed25519 AAAA anna'], sudo: true },
      { name: 'bert', sshKeys: ['ssh-ed25519 BBBB bert'], sudo: true },
    ],
  });
});

test.each([
  [
    'a file that is not there',
    () => networkRequest({ networkFile: '/nonexistent' }),
    /--network-file .* cannot be read/,
  ],
  ['no YAML', () => networkRequest({ networkFile: file('a', 'a: [') }), /--network-file/],
  ['a list', () => networkRequest({ networkFile: file('b', '- a') }), /holds no mapping/],
  [
    'two addresses',
    () => networkRequest({ networkFile: file('c', 'address: 10.0.0.1'), address: '10.0.0.2' }),
    /--address/,
  ],
  ['a user without keys', () => systemRequest({ user: ['anna'] }), /--user anna/],
  ['a user without name', () => systemRequest({ user: [`:${anna}`] }), /--user/],
  [
    'bytes that are no text',
    () => systemRequest({ userData: file('d', Uint8Array.of(0x1f, 0x8b, 0xff)) }),
    /no UTF-8 text/,
  ],
])('%s is told by its flag', async (_, ask, message) => {
  await expect(ask()).rejects.toThrow(message);
});
