import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ipv4 } from '../../net/index.ts';
import { BootServerProcess } from '../fixtures/boot-server-process.ts';
import { makeNamespaces, type Namespaces } from '../fixtures/namespaces.ts';

/** Clients that we did not write. Needs root, curl and tftp-hpa. */

const small = randomBytes(173_792);
/** More blocks of 512 bytes than the wire can count. */
const large = randomBytes(40 * 1024 * 1024);

let directory: string;
let net: Namespaces;
let client: string;
let server: BootServerProcess;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rw-tftp-'));
  await writeFile(join(directory, 'small.bin'), small);
  await writeFile(join(directory, 'large.bin'), large);
  await writeFile(join(directory, 'empty.bin'), '');
  net = await makeNamespaces('rw-tftp', ['10.78.0.1/24']);
  client = net.clients[0] as string;
  await net.run(client, 'ip', ['address', 'add', '10.78.0.9/24', 'dev', 'c0']);
  server = await BootServerProcess.start(
    {
      address: ipv4('10.78.0.1'),
      subnets: [],
      journalPath: join(directory, 'leases'),
      files: {
        'snponly.efi': join(directory, 'small.bin'),
        'ubuntu/initrd': join(directory, 'large.bin'),
        empty: join(directory, 'empty.bin'),
      },
    },
    net.server,
  );
});
afterAll(async () => {
  await server?.stop();
  await net?.remove();
  await rm(directory, { recursive: true });
});

describe('curl', () => {
  test.each([
    ['snponly.efi', small, []],
    ['snponly.efi', small, ['--tftp-blksize', '1428']],
    ['snponly.efi', small, ['--tftp-no-options']],
    ['ubuntu/initrd', large, ['--tftp-blksize', '65464']],
    // curl takes a size of 0 in an OACK for an error.
    ['empty', Buffer.alloc(0), ['--tftp-no-options']],
  ])('fetches %s', async (name, expected, options) => {
    const into = join(directory, 'curl.out');
    await rm(into, { force: true });
    await net.run(client, 'curl', [
      '-sS',
      '--create-dirs',
      '-o',
      into,
      ...options,
      `tftp://10.78.0.1/${name}`,
    ]);
    expect((await readFile(into).catch(() => Buffer.alloc(0))).equals(expected)).toBe(true);
  });

  test('is told at once that a file is not there', async () => {
    const output = await net.run(
      client,
      'curl',
      ['-sS', '--path-as-is', 'tftp://10.78.0.1/../../etc/passwd'],
      { reject: false },
    );
    expect(output).toContain('curl: (68)'); // CURLE_TFTP_NOTFOUND;
  });
});

describe('tftp-hpa', () => {
  test('fetches in octet mode', async () => {
    const into = join(directory, 'hpa.out');
    await net.run(client, 'tftp', ['-m', 'octet', '10.78.0.1', '-c', 'get', 'snponly.efi', into]);
    expect((await readFile(into)).equals(small)).toBe(true);
  });

  test('fetches more blocks than 16 bits can count', async () => {
    const into = join(directory, 'hpa.large');
    await net.run(client, 'tftp', ['-m', 'octet', '10.78.0.1', '-c', 'get', 'ubuntu/initrd', into]);
    expect((await readFile(into)).equals(large)).toBe(true);
    await server.said({ kind: 'tftp', file: 'ubuntu/initrd', outcome: 'completed', bytes: large.length });
  });

  test('may not write', async () => {
    const output = await net.run(
      client,
      'tftp',
      ['-m', 'octet', '10.78.0.1', '-c', 'put', join(directory, 'small.bin'), 'x'],
      { reject: false },
    );
    expect(output).toContain('Error code 2');
  });
});

describe('the npm package tftp', () => {
  test('fetches with its windows of four blocks', async () => {
    const fixture = fileURLToPath(new URL('../fixtures/npm-tftp-client.ts', import.meta.url));
    const output = await net.run(client, process.execPath, [
      '--no-deprecation',
      fixture,
      '10.78.0.1',
      '69',
      'snponly.efi',
    ]);
    expect(output).toBe(`${small.length} ${createHash('sha256').update(small).digest('hex')}`);
  });
});
