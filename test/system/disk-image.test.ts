import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { isOutOfReach, parseHostKeyLines } from '../../install/index.ts';
import { isDiskPlan } from '../../install/steps/disk-image.ts';
import { configureDiskImage } from '../../install/steps/disk-image-configure.ts';
import { streamToDisk } from '../../install/steps/disk-image-write.ts';
import { prelude } from '../../install/steps/prelude.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { context, diskImage as image, plan, publicKey } from '../install/example.ts';

/** A whole-disk image on its way from an HTTP server to a loop device: the scripts as they are sent, with the real tools. */
const MIB = 1024 ** 2;
const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };
const has = (...words: readonly string[]) =>
  spawnSync(words[0] as string, words.slice(1), { env }).status === 0;
const canRun =
  process.getuid?.() === 0 &&
  ['losetup', 'sgdisk', 'zstd', 'curl', 'mkfs.ext4', 'wipefs'].every((tool) =>
    has('sh', '-c', `command -v ${tool}`),
  ) &&
  has('losetup', '-f');

let directory = '';
let raw: Buffer;
let packed: Buffer;
let server: Server;
let answer: (response: ServerResponse) => void;
let asked = 0;
const undo: (() => void)[] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rw-disk-image-'));
  if (!canRun) return;
  raw = readFileSync(makeImage());
  packed = execFileSync('zstd', ['-q', '-c'], { input: raw, maxBuffer: 256 * MIB, env });
  server = createServer((_request, response) => {
    asked += 1;
    answer(response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});
afterEach(() => {
  for (const work of undo.splice(0).toReversed()) work();
  asked = 0;
});
afterAll(() => {
  server?.closeAllConnections();
  server?.close();
  rmSync(directory, { recursive: true, force: true });
});

/** 48 MiB: GPT, an ESP's place, a root with a little of a system in it; noise and holes. */
function makeImage(): string {
  const file = join(directory, 'image.raw');
  const root = join(directory, 'root');
  for (const path of ['etc/ssh', 'etc/netplan', 'usr/bin', 'usr/sbin', 'var'])
    mkdirSync(join(root, path), { recursive: true });
  // Only that it is there matters: what runs it is the first boot.
  writeFileSync(join(root, 'usr/bin/cloud-init'), '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(join(root, 'etc/ssh/ssh_host_ed25519_key'), 'the same in every copy of this image');
  writeFileSync(join(root, 'etc/os-release'), 'ID=debian\n');
  writeFileSync(join(root, 'usr/bin/noise'), randomBytes(4 * MIB));
  size(file, 48 * MIB);
  execFileSync('sgdisk', ['-n', '1:1M:+2M', '-t', '1:ef00', '-n', '2:4M:+40M', '-t', '2:8304', file], {
    env,
    stdio: 'ignore',
  });
  execFileSync('mkfs.ext4', ['-q', '-d', root, '-E', `offset=${4 * MIB}`, file, '40M'], {
    env,
    stdio: 'ignore',
  });
  return file;
}

function size(file: string, bytes: number): void {
  const handle = openSync(file, 'a');
  ftruncateSync(handle, bytes);
  closeSync(handle);
}

interface Loop {
  readonly device: string;
  readonly file: string;
  readonly name: string;
}

/** Full of what was there before. */
function usedDisk(bytes = 96 * MIB): Loop {
  const file = join(directory, 'disk.raw');
  const handle = openSync(file, 'w');
  const before = Buffer.alloc(MIB, 'what was there before ');
  for (let at = 0; at < bytes; at += MIB) writeSync(handle, before);
  closeSync(handle);
  const device = execFileSync('losetup', ['-f', '--show', file], { env, encoding: 'utf8' }).trim();
  undo.push(() => {
    spawnSync('partx', ['-d', device], { env });
    spawnSync('losetup', ['-d', device], { env });
    rmSync(file);
  });
  return { device, file, name: device.replace('/dev/', '') };
}

function head({ file }: Loop, bytes: number): Buffer {
  const found = Buffer.alloc(bytes);
  const handle = openSync(file, 'r');
  readSync(handle, found, 0, bytes, 0);
  closeSync(handle);
  return found;
}

async function run({ name, device }: Loop, ...parts: readonly Shell[]) {
  const state = join(directory, 'state');
  mkdirSync(state, { recursive: true });
  const script = lines(
    prelude(),
    shell`state=${state} target=${join(directory, 'target')} name=${name} disk=${device}`,
    ...parts,
  );
  return runText(script.text);
}

async function runText(script: string) {
  const text = script.replaceAll('/run/rackwright/install', join(directory, 'state'));
  const child = spawn('sh', [], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stdin.end(text);
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { exitCode, said };
}

const file = (bytes: Buffer) => ({
  sha256: createHash('sha256').update(bytes).digest('hex'),
  size: bytes.length,
});
const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/artefacts/image`;
const write = (disk: Loop, values: { raw?: ReturnType<typeof file> } = {}) =>
  run(disk, streamToDisk({ disk: file(packed), raw: values.raw ?? file(raw) }, url()));
const serve = (bytes: Buffer) => (response: ServerResponse) =>
  void response.writeHead(200, { 'content-length': bytes.length }).end(bytes);

describe.skipIf(!canRun)('a whole-disk image', () => {
  test('is on the disk bit for bit, its holes included', async () => {
    const disk = usedDisk();
    answer = serve(packed);
    const { exitCode, said } = await write(disk);
    expect(said).toContain('SHA-256 as it should be');
    expect(exitCode, said).toBe(0);
    expect(head(disk, raw.length).equals(raw)).toBe(true);
  });

  test('that is another one than was promised leaves a disk that cannot be started', async () => {
    const disk = usedDisk();
    const other = Buffer.from(raw);
    other.writeUInt8(other.readUInt8(20 * MIB) ^ 1, 20 * MIB);
    answer = serve(execFileSync('zstd', ['-q', '-c'], { input: other, maxBuffer: 256 * MIB, env }));
    const { exitCode, said } = await write(disk);
    expect(exitCode, said).toBe(84);
    expect(said).toContain('made unbootable');
    expect(head(disk, 10 * MIB).equals(Buffer.alloc(10 * MIB))).toBe(true);
    expect(execFileSync('wipefs', [disk.device], { env, encoding: 'utf8' })).toBe('');
    expect(asked).toBe(1);
  });

  test('that is longer than was promised is not written beyond it', async () => {
    const disk = usedDisk();
    answer = serve(packed);
    const { exitCode } = await write(disk, { raw: { sha256: file(raw).sha256, size: 24 * MIB } });
    expect(exitCode).toBe(84);
    expect(
      readFileSync(disk.file)
        .subarray(24 * MIB, 24 * MIB + 22)
        .toString(),
    ).toMatch(/there|before|what/);
  });

  test('that was cut on its way is fetched once more from the start', async () => {
    const disk = usedDisk();
    answer = (response) => {
      if (asked > 1) return serve(packed)(response);
      response.writeHead(200, { 'content-length': packed.length });
      response.write(packed.subarray(0, packed.length / 2), () => response.destroy());
    };
    const { exitCode, said } = await write(disk);
    expect(exitCode, said).toBe(0);
    expect(said).toContain('the transfer was cut');
    expect(asked).toBe(2);
    expect(head(disk, raw.length).equals(raw)).toBe(true);
  });

  test('that is not there is asked for once', async () => {
    const disk = usedDisk();
    answer = (response) => void response.writeHead(404).end();
    const { exitCode, said } = await write(disk);
    expect(exitCode).toBe(1);
    expect(said).toContain('could not be fetched');
    expect(asked).toBe(1);
    expect(head(disk, 10 * MIB).equals(Buffer.alloc(10 * MIB))).toBe(true);
  });

  test('that does not fit says so', async () => {
    const disk = usedDisk(32 * MIB);
    answer = serve(packed);
    const { exitCode, said } = await write(disk);
    expect(exitCode).toBe(1);
    expect(said).toMatch(/writing to loop\d+ failed: dd: .*No space left/);
  });

  test('gets its backup table to the end of the disk, and what makes it this machine', async () => {
    const disk = usedDisk();
    answer = serve(packed);
    expect((await write(disk)).exitCode).toBe(0);
    const { target, exitCode, said } = await configure(disk);
    expect(exitCode, said).toBe(0);
    expect(said).toContain(`its root is ${disk.device}p2`);
    expect(said.trimEnd().split('\n').at(-1)).toBe('reach: ssh');
    const [key] = parseHostKeyLines(said);
    expect(readFileSync(join(target, 'etc/ssh/ssh_host_ed25519_key.pub'), 'utf8')).toContain(key);
    expect(readFileSync(join(target, 'etc/ssh/ssh_host_ed25519_key'), 'utf8')).toContain('PRIVATE KEY');
    expect(readFileSync(join(target, 'etc/hostname'), 'utf8')).toBe('node-1\n');
    expect(readFileSync(join(target, 'etc/netplan/50-rackwright.yaml'), 'utf8')).toContain('10.78.0.20');
    expect(readFileSync(join(target, 'root/.ssh/authorized_keys'), 'utf8')).toContain(publicKey('C'));
    expect(readFileSync(join(target, 'var/lib/cloud/seed/nocloud/user-data'), 'utf8')).toMatch(
      /^#cloud-config/,
    );
    const shown = execFileSync('sgdisk', ['-v', disk.device], { env, encoding: 'utf8' });
    expect(shown).toContain('No problems found');
    expect(shown).not.toMatch(/backup.*not.*end/i);
  });

  test('without a system that we can look into starts as it is', async () => {
    const disk = usedDisk();
    execFileSync('sgdisk', ['-Z', '-n', '1:1M:+40M', disk.device], { env, stdio: 'ignore' });
    const { exitCode, said } = await configure(disk);
    expect(exitCode, said).toBe(0);
    expect(isOutOfReach(said)).toBe(true);
  });
});

async function configure(disk: Loop) {
  const target = join(directory, 'state', 'target');
  undo.push(() => {
    spawnSync('umount', [target], { env });
    for (const number of [1, 2]) rmSync(`${disk.device}p${number}`, { force: true });
  });
  // What udev does on a machine.
  await run(
    disk,
    shell`partx -u "$disk" 2>/dev/null || :
for entry in "/sys/class/block/$name/$name"*; do
  IFS=: read -r major minor <"$entry/dev"
  [ -e "/dev/\${entry##*/}" ] || mknod "/dev/\${entry##*/}" b "$major" "$minor"
done`,
  );
  writeFileSync(join(directory, 'state', 'disk'), `${disk.name}\n`);
  writeFileSync(join(directory, 'state', 'intent'), 'op-0001\n');
  const whole = plan({ image, firmware: 'uefi' });
  if (!isDiskPlan(whole)) throw new Error('this is no plan for a whole disk');
  const { script } = configureDiskImage(whole, context({ source: { kind: 'fetch', url: url() } }));
  return { target, ...(await runText(script.text)) };
}
