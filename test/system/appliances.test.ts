import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readGpt } from '../../image/gpt.ts';
import { assertLayout } from '../../image/layout.ts';
import { installSteps, isOutOfReach, parseHostKeyLines } from '../../install/index.ts';
import { streamToDisk } from '../../install/steps/disk-image-write.ts';
import { prelude } from '../../install/steps/prelude.ts';
import type { ImageLayout } from '../../model/index.ts';
import { lines, shell } from '../../remote/index.ts';
import { fatMount } from '../fixtures/fat-mount.ts';
import { appliancePlan, applianceContext, fipsKey } from '../install/appliance-example.ts';
import { publicKey } from '../install/example.ts';

/**
 * Stand-ins for disks that their makers do not let be kept here: the same partitions and file systems, and of their content
 * what a deployment looks at. They are written to a loop device and configured by the scripts as they are sent.
 */
const MIB = 1024 ** 2;
const env: NodeJS.ProcessEnv = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };
const has = (...words: readonly string[]) =>
  spawnSync(words[0] as string, words.slice(1), { env }).status === 0;
const canRun =
  process.getuid?.() === 0 &&
  ['losetup', 'sgdisk', 'zstd', 'curl', 'mkfs.vfat', 'mcopy', 'wipefs', 'ssh-keygen'].every((tool) =>
    has('sh', '-c', `command -v ${tool}`),
  ) &&
  has('losetup', '-f');

let directory = '';
let fat: string | undefined;
let server: Server;
let sent = Buffer.alloc(0);
const undo: (() => void)[] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rw-appliances-'));
  fat = fatMount(directory);
  if (fat) env['PATH'] = `${fat}:${env['PATH']}`;
  if (!canRun) return;
  server = createServer((_request, response) => {
    response.writeHead(200, { 'content-length': sent.length }).end(sent);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});
afterEach(() => {
  // A script that refuses leaves it to the machine's next start.
  spawnSync('umount', [join(directory, 'state/target')], { env });
  for (const work of undo.splice(0).toReversed()) work();
});
afterAll(() => {
  server?.close();
  rmSync(directory, { recursive: true, force: true });
});

const run = (program: string, ...args: readonly string[]) =>
  execFileSync(program, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

function loopOf(file: string, bytes?: number): string {
  if (bytes !== undefined) {
    const handle = openSync(file, 'w');
    ftruncateSync(handle, bytes);
    closeSync(handle);
  }
  return run('losetup', '-f', '--show', file).trim();
}

function letGo(device: string): void {
  spawnSync('partx', ['-d', device], { env });
  spawnSync('losetup', ['-d', device], { env });
}

/** What udev does on a machine. To update is no good where numbers are left out. */
function showPartitions(device: string): void {
  spawnSync('partx', ['-d', device], { env });
  run('partx', '-a', device);
  const name = device.replace('/dev/', '');
  for (const entry of readdirSync(`/sys/class/block/${name}`).filter((one) => one.startsWith(name))) {
    const [major = '', minor = ''] = readFileSync(`/sys/class/block/${entry}/dev`, 'utf8').trim().split(':');
    if (!existsSync(`/dev/${entry}`)) run('mknod', `/dev/${entry}`, 'b', major, minor);
    undo.push(() => rmSync(`/dev/${entry}`, { force: true }));
  }
}

interface Part {
  /** As sgdisk takes them. */
  readonly table: readonly string[];
  /** FAT, by the number of its partition, with files in it. */
  readonly fat: Readonly<
    Record<number, { readonly label: string; readonly files: Readonly<Record<string, string>> }>
  >;
}

/** A finished image of 112 MiB, as a file. */
function makeDisk({ table, fat }: Part): Buffer {
  const file = join(directory, 'image.raw');
  const device = loopOf(file, 112 * MIB);
  try {
    run('sgdisk', ...table, device);
    showPartitions(device);
    for (const [number, { label, files }] of Object.entries(fat)) {
      run('mkfs.vfat', '-n', label, `${device}p${number}`);
      onPartition(`${device}p${number}`, 'rw', (mount) => {
        for (const [path, text] of Object.entries(files)) {
          mkdirSync(join(mount, path, '..'), { recursive: true });
          writeFileSync(join(mount, path), text);
        }
      });
    }
  } finally {
    letGo(device);
  }
  return readFileSync(file);
}

function onPartition<Result>(device: string, mode: 'ro' | 'rw', work: (mount: string) => Result): Result {
  const mount = mkdtempSync(join(directory, 'mount-'));
  run('mount', '-t', 'vfat', '-o', mode, device, mount);
  try {
    return work(mount);
  } finally {
    run('umount', mount);
  }
}

const script = (text: string) => {
  const state = join(directory, 'state');
  mkdirSync(state, { recursive: true });
  const { status, stdout, stderr } = spawnSync('sh', [], {
    input: text
      .replaceAll('/run/rackwright/install', state)
      .replace(/^((?:export )?PATH=)/m, fat ? `$1${fat}:` : '$1'),
    env,
    encoding: 'utf8',
  });
  return { exitCode: status, said: `${stdout}${stderr}` };
};

/** Onto a disk that is larger and was used before. */
async function written(raw: Buffer): Promise<string> {
  sent = execFileSync('zstd', ['-q', '-c'], { input: raw, maxBuffer: 256 * MIB, env });
  const file = (bytes: Buffer) => ({
    sha256: createHash('sha256').update(bytes).digest('hex'),
    size: bytes.length,
  });
  const disk = join(directory, 'disk.raw');
  writeFileSync(disk, Buffer.alloc(160 * MIB, 'what was there before '));
  const device = loopOf(disk);
  undo.push(() => {
    letGo(device);
    rmSync(disk);
  });
  const name = device.replace('/dev/', '');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/artefacts/image`;
  const state = join(directory, 'state');
  const text = lines(
    prelude(),
    shell`state=${state} name=${name} disk=${device}`,
    streamToDisk({ disk: file(sent), raw: file(raw) }, url),
  ).text;
  const asked = await new Promise<{ exitCode: number | null; said: string }>((resolve) => {
    // Not spawnSync: the server that it fetches from is in this process.
    const child = execFile('sh', [], { env, encoding: 'utf8' }, (_error, stdout, stderr) =>
      resolve({ exitCode: child.exitCode, said: `${stdout}${stderr}` }),
    );
    child.stdin?.end(text.replaceAll('/run/rackwright/install', state));
  });
  expect(asked.exitCode, asked.said).toBe(0);
  showPartitions(device);
  return device;
}

function configure(device: string, layout: ImageLayout, changes: object = {}, context = applianceContext()) {
  const state = join(directory, 'state');
  mkdirSync(state, { recursive: true });
  writeFileSync(join(state, 'disk'), `${device.replace('/dev/', '')}\n`);
  writeFileSync(join(state, 'intent'), 'op-0001\n');
  const step = installSteps(appliancePlan(layout, changes), context).find(({ name }) => name === 'configure');
  return script(step?.script.text ?? 'exit 99');
}

/** As `ssh-keygen -y` tells: what the private half says of itself. */
function publicOf(privateKey: string): string {
  const file = join(directory, 'key');
  writeFileSync(file, privateKey, { mode: 0o600 });
  try {
    return run('ssh-keygen', '-y', '-f', file).trim().split(' ').slice(0, 2).join(' ');
  } finally {
    rmSync(file);
  }
}

const seedTable = ['-n', '1:1M:+1M', '-t', '1:ef02', '-c', '1:BIOS Boot', '-n', '2:2M:+80M', '-t', '2:ef00'];
const core = (grade: string, label = 'ubuntu-seed', name = 'ubuntu-seed'): Part => ({
  table: [...seedTable, '-c', `2:${name}`],
  fat: {
    2: {
      label,
      files: {
        'EFI/boot/bootx64.efi': 'shim',
        'systems/20261101/model': `type: model\nauthority-id: canonical\nseries: 16\nbase: core24\ngrade: ${grade}\nsnaps:\n  -\n    name: pc\n`,
        'data/etc/cloud/cloud.cfg.d/10-own.cfg': '# of the image\n',
      },
    },
  },
});
const esxiDisk = (bootCfg = true): Part => ({
  table: [
    ...[
      '-n',
      '1:1M:+8M',
      '-t',
      '1:ef00',
      '-n',
      '5:10M:+40M',
      '-t',
      '5:0700',
      '-n',
      '6:51M:+40M',
      '-t',
      '6:0700',
    ],
    ...['-n', '7:92M:+4M', '-t', '7:4eb2ea39-7855-4790-a79e-fae495e21f8d'],
  ],
  fat: {
    5: { label: 'BOOTBANK1', files: bootCfg ? { 'boot.cfg': 'bootstate=0\n' } : { 'state.tgz': '' } },
    6: { label: 'BOOTBANK2', files: { 'boot.cfg': 'bootstate=3\n' } },
  },
});

describe.skipIf(!canRun)('Ubuntu Core', () => {
  const files = (device: string) =>
    onPartition(`${device}p2`, 'ro', (mount) => {
      const at = join(mount, 'data/etc/cloud/cloud.cfg.d');
      return Object.fromEntries(readdirSync(at).map((name) => [name, readFileSync(join(at, name), 'utf8')]));
    });

  test('of grade dangerous finds on its seed who it is; and the same when the step ran before', async () => {
    const raw = makeDisk(core('dangerous'));
    assertLayout(raw.subarray(0, 65_536), 'ubuntu-core');
    const device = await written(raw);
    for (const _ of ['once', 'twice']) {
      const { exitCode, said } = configure(device, 'ubuntu-core');
      expect(exitCode, said).toBe(0);
      expect(said).toContain(`its seed is ${device}p2`);
      expect(said).not.toContain('PRIVATE');
      expect(said.trimEnd().split('\n').at(-1)).toBe('reach: ssh');
      const found = files(device);
      expect(Object.keys(found).toSorted()).toEqual([
        '10-own.cfg',
        '90-rackwright.cfg',
        '91-rackwright-private.cfg',
      ]);
      const open = parse(found['90-rackwright.cfg'] as string, { version: '1.1' });
      expect(open.network.ethernets.enp0s2.addresses).toEqual(['10.78.0.20/24']);
      const closed = parse(found['91-rackwright-private.cfg'] as string, { version: '1.1' });
      expect(closed.datasource.NoCloud['meta-data']['public-keys']).toEqual([publicKey('C')]);
      const [pinned] = parseHostKeyLines(said);
      expect(closed.ssh_keys.ed25519_public).toBe(pinned);
      expect(publicOf(closed.ssh_keys.ed25519_private)).toBe(pinned);
    }
    expect(run('sgdisk', '-v', device)).toContain('No problems found');
    expect(readdirSync(join(directory, 'state'))).not.toContain('host-key');
  });

  test('user-data and hashes of passwords are on the seed, and were not said', async () => {
    const device = await written(makeDisk(core('dangerous', 'UBUNTU-SEED', 'EFI System partition')));
    const userData = '#cloud-config\nruncmd:\n  - "echo \'hush\' >/root/x"\n';
    const hash = `$6$salt$${'x'.repeat(86)}`;
    const system = {
      users: [{ name: 'bea', sshKeys: [], password: { sha256: '5'.repeat(64) } }],
      userData: { kind: 'cloud-config', sha256: '1'.repeat(64), size: userData.length },
    };
    const context = applianceContext({ secrets: { userData, passwords: { bea: hash } } });
    const { exitCode, said } = configure(device, 'ubuntu-core', { system }, context);
    expect(exitCode, said).toBe(0);
    expect(said).not.toMatch(/hush|\$6\$/);
    const closed = parse(files(device)['91-rackwright-private.cfg'] as string, { version: '1.1' });
    expect(closed.datasource.NoCloud['user-data']).toBe(userData);
    expect(closed.users.at(-1)).toMatchObject({ name: 'bea', passwd: hash });
  });

  test.each(['signed', 'secured'])('of grade %s is left as it is, and cannot be reached', async (grade) => {
    const device = await written(makeDisk(core(grade)));
    const { exitCode, said } = configure(device, 'ubuntu-core');
    expect(exitCode, said).toBe(0);
    expect(said).toContain(`its model is of grade ${grade}`);
    expect(isOutOfReach(said)).toBe(true);
    expect(Object.keys(files(device))).toEqual(['10-own.cfg']);
  });

  test('that is none says so', async () => {
    const device = await written(
      makeDisk({ ...core('dangerous'), fat: { 2: { label: 'OTHER', files: { x: '' } } } }),
    );
    expect(configure(device, 'ubuntu-core')).toMatchObject({
      exitCode: 1,
      said: expect.stringContaining('holds no recovery system'),
    });
  });
});

describe.skipIf(!canRun)('ESXi', () => {
  const bank = (device: string) =>
    onPartition(`${device}p6`, 'ro', (mount) => {
      const at = join(mount, 'rackwright');
      return Object.fromEntries(readdirSync(at).map((name) => [name, readFileSync(join(at, name), 'utf8')]));
    });

  test('finds on its second boot bank what its first boot runs; and the same when the step ran before', async () => {
    const raw = makeDisk(esxiDisk());
    assertLayout(raw.subarray(0, 65_536), 'esxi');
    const device = await written(raw);
    for (const _ of ['once', 'twice']) {
      const { exitCode, said } = configure(device, 'esxi');
      expect(exitCode, said).toBe(0);
      expect(said).not.toContain('PRIVATE');
      expect(said.trimEnd().split('\n').at(-1)).toBe('reach: ssh');
      const found = bank(device);
      expect(Object.keys(found).toSorted()).toEqual([
        'authorized_keys',
        'first-boot.sh',
        'ssh_host_ecdsa_key',
        'ssh_host_ecdsa_key.pub',
        'ssh_host_rsa_key',
        'ssh_host_rsa_key.pub',
      ]);
      expect(found['authorized_keys']?.split('\n').slice(0, 2)).toEqual([fipsKey, publicKey('C')]);
      expect(spawnSync('sh', ['-n'], { input: found['first-boot.sh'] })).toMatchObject({ status: 0 });
      const pinned = parseHostKeyLines(said);
      expect(pinned).toEqual(
        ['rsa', 'ecdsa'].map((type) => publicOf(found[`ssh_host_${type}_key`] as string)),
      );
    }
    // The table of the installer, its end included.
    const table = (bytes: Buffer) => readGpt(bytes.subarray(0, 65_536));
    expect(table(readFileSync(join(directory, 'disk.raw')))).toEqual(table(raw));
    expect(onPartition(`${device}p5`, 'ro', (mount) => readdirSync(mount))).toEqual(['boot.cfg']);
  });

  test('without a boot bank where it should be is not written to', async () => {
    const device = await written(makeDisk(esxiDisk(false)));
    expect(configure(device, 'esxi')).toMatchObject({
      exitCode: 1,
      said: expect.stringContaining('holds no boot.cfg'),
    });
    expect(onPartition(`${device}p6`, 'ro', (mount) => readdirSync(mount))).toEqual(['boot.cfg']);
  });
});
