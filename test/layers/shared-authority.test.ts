import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LayerStep } from '../../layers/layer.ts';
import { makeSharedAuthority, makeSharedCertificate } from '../../layers/parts/shared-authority.ts';
import { ipv4 } from '../../net/index.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rw-authority-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function run(text: string): number | null {
  return spawnSync('sh', ['-eu'], { input: text, encoding: 'utf8' }).status;
}

function carryOut({ done, script }: LayerStep): void {
  expect(run(done?.text ?? 'true'), 'it was done before').not.toBe(0);
  expect(run(script.text)).toBe(0);
  expect(run(done?.text ?? 'false'), 'it is not done').toBe(0);
}

function machine(name: string, secret: string) {
  const seed = join(directory, `${name}-seed`);
  writeFileSync(seed, secret);
  const folder = join(directory, name);
  return { folder, names: ['cloud'], address: ipv4('10.78.0.20'), seed };
}

function trusts(one: { folder: string }, other: { folder: string }): boolean {
  const words = ['verify', '-CAfile', `${one.folder}/authority.crt`, `${other.folder}/server.crt`];
  return spawnSync('openssl', words).status === 0;
}

test('machines with one secret trust one authority, and no machine with another one does', () => {
  const server = machine('server', 'a'.repeat(32));
  const client = machine('client', 'a'.repeat(32));
  const stranger = machine('stranger', 'b'.repeat(32));
  for (const each of [server, client, stranger]) carryOut(makeSharedAuthority(each));
  carryOut(makeSharedCertificate(server));
  expect(trusts(client, server)).toBe(true);
  expect(trusts(stranger, server)).toBe(false);
});

test('the key of the authority is in no file', () => {
  const server = machine('server', 'c'.repeat(32));
  carryOut(makeSharedAuthority(server));
  carryOut(makeSharedCertificate(server));
  const keys = readdirSync(server.folder).filter((file) =>
    readFileSync(join(server.folder, file), 'utf8').includes('PRIVATE KEY'),
  );
  expect(keys).toEqual(['server.key']);
});

test('another secret makes another authority, and another certificate', () => {
  const server = machine('server', 'd'.repeat(32));
  carryOut(makeSharedAuthority(server));
  carryOut(makeSharedCertificate(server));
  writeFileSync(server.seed, 'e'.repeat(32));
  carryOut(makeSharedAuthority(server));
  carryOut(makeSharedCertificate(server));
  expect(trusts(server, server)).toBe(true);
});
