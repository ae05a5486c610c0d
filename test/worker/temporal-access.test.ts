import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLoopback, transport } from '../../worker/temporal-access.ts';

let folder: string;
const file = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rw-tls-'));
  for (const name of ['ca', 'certificate', 'key'])
    await writeFile(file(name), `-----BEGIN ${name.toUpperCase()}-----\n`);
  await writeFile(file('der'), Buffer.from([0x30, 0x82]));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a Temporal address', () => {
  it.each([
    ['127.0.0.1:7233', true],
    ['127.9.9.9:7233', true],
    ['localhost:7233', true],
    ['[::1]:7233', true],
    ['10.0.0.5:7233', false],
    ['0.0.0.0:7233', false],
    ['[::]:7233', false],
    ['temporal:7233', false],
    ['localhost.example:7233', false],
    ['127.0.0.1.example:7233', false],
    ['127.example:7233', false],
    ['', false],
  ])('%s is on this computer: %s', (address, expected) => {
    expect(isLoopback(address)).toBe(expected);
  });
});

/** docs/security.md, rule 32 */
describe('the way to a Temporal server', () => {
  it('may be plain on this computer, and elsewhere only when somebody says so', async () => {
    expect(await transport('127.0.0.1:7233', {}, false)).toEqual({});
    expect(await transport('temporal:7233', {}, true)).toEqual({});
    await expect(transport('temporal:7233', {}, false)).rejects.toMatchObject({
      code: 'TEMPORAL_INSECURE',
      message: expect.stringContaining('temporal:7233'),
    });
  });

  it('shows a certificate, and wants one from an authority that is named', async () => {
    const { tls } = await transport(
      'temporal:7233',
      { ca: file('ca'), certificate: file('certificate'), key: file('key') },
      false,
    );
    expect(String(tls?.clientCertPair?.crt)).toContain('CERTIFICATE');
    expect(String(tls?.clientCertPair?.key)).toContain('KEY');
    expect(String(tls?.serverRootCACertificate)).toContain('CA');
  });

  it.each([
    ['a certificate without its key', { certificate: 'certificate' }, '--temporal-tls-key'],
    ['a key without its certificate', { key: 'key' }, '--temporal-tls-cert'],
    ['an authority alone', { ca: 'ca' }, '--temporal-tls-cert'],
  ])('is refused with %s, also where plain is allowed', async (_what, given, missing) => {
    const files = Object.fromEntries(Object.entries(given).map(([what, name]) => [what, file(name)]));
    await expect(transport('temporal:7233', files, true)).rejects.toMatchObject({
      code: 'TEMPORAL_INSECURE',
      details: { missing },
    });
  });

  it.each(['der', 'nowhere'])('is refused with a file that is no PEM: %s', async (name) => {
    const files = { certificate: file('certificate'), key: file(name) };
    await expect(transport('temporal:7233', files, false)).rejects.toMatchObject({
      code: 'TEMPORAL_INSECURE',
      details: { file: file(name) },
    });
  });
});
