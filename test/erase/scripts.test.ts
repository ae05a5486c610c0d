import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { eraseScript, evidenceOf, probeScript, readProbe } from '../../erase/index.ts';
import { PROBE_MARK } from '../../erase/probe-sections.ts';
import { eraseMethods } from '../../model/index.ts';

const disk = { serial: "S'1 $(reboot)", wwn: '0x5000', size: 4096 * 1000, model: 'M', name: 'sda' };
const scripts = new Map([
  ['probe', probeScript().text],
  ...eraseMethods.map((method) => [method, eraseScript({ disk, method }).text] as const),
]);

test('every script parses as POSIX shell, and no foreign word escapes', () => {
  for (const [name, text] of scripts) {
    expect(spawnSync('sh', ['-n'], { input: text, encoding: 'utf8' }), name).toMatchObject({ status: 0 });
    expect(text, name).not.toContain('undefined');
    expect(text.replaceAll(/'(?:[^']|'\\'')*'/g, ''), name).not.toContain('$(reboot)');
  }
});

test.skipIf(spawnSync('shellcheck', ['--version']).error)('every script pleases shellcheck', () => {
  const directory = mkdtempSync(join(tmpdir(), 'rw-erase-scripts-'));
  try {
    const files = [...scripts].map(([name, text]) => {
      const file = join(directory, `${name}.sh`);
      writeFileSync(file, `${text}\n`);
      return file;
    });
    // SC2174: only /run above it. SC2034: parts of a script share one prelude. SC2016: the Perl program.
    const options = ['-s', 'sh', '-e', 'SC2174,SC2034,SC2016'];
    expect(spawnSync('shellcheck', [...options, ...files], { encoding: 'utf8' }).stdout).toBe('');
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('every script finds its disk and shows it unused before it writes', () => {
  for (const method of eraseMethods) {
    const text = scripts.get(method) ?? '';
    const firstWrite = text.search(
      /^.*\b(wipefs -a|dd if=|blkdiscard|nvme (format|sanitize) |--security-set-pass|mark "\$disk")/m,
    );
    expect(text.indexOf('disks fit $wanted; exactly one must'), method).toBeGreaterThan(0);
    expect(text.indexOf('</proc/self/mountinfo'), method).toBeGreaterThan(0);
    expect(firstWrite, method).toBeGreaterThan(text.indexOf('</proc/self/mountinfo'));
  }
});

test('this computer understands the probe, and we understand it', () => {
  const { stdout } = spawnSync('sh', [], { input: probeScript().text, encoding: 'utf8' });
  const { disks, tools } = readProbe(stdout);
  expect(tools.has('perl')).toBe(spawnSync('perl', ['-e', '1']).status === 0);
  for (const found of disks) expect(found.size).toBeGreaterThan(0);
});

test('what a machine says in another form is refused', () => {
  const section = (name: string, text: string) => `\n${PROBE_MARK}${name}\n${text}`;
  expect(() => readProbe('')).toThrow(expect.objectContaining({ code: 'INVENTORY_INVALID' }));
  expect(() => readProbe(section('disks', '{"blockdevices":[]}'))).toThrow(/ends too early/);
  expect(() => readProbe(section('disks', '[]') + section('end', ''))).toThrow(/another form/);
});

test('disks as lsblk and the kernel tell them', () => {
  const listing = {
    blockdevices: [
      {
        name: 'vda',
        serial: 'D1',
        wwn: null,
        model: null,
        size: 21474836480,
        rota: true,
        ro: false,
        rm: false,
        tran: 'virtio',
        type: 'disk',
        mountpoint: null,
        children: [
          { name: 'vda1', serial: null, wwn: null, model: null, size: 1, type: 'part', mountpoint: '[SWAP]' },
          { name: 'vda2', serial: null, wwn: null, model: null, size: 1, type: 'part', mountpoint: '/srv' },
        ],
      },
      {
        name: 'sda',
        serial: 'D2',
        wwn: '0x5',
        model: 'M',
        size: '1000',
        ro: '1',
        rm: '0',
        tran: null,
        type: 'disk',
      },
      { name: 'zram0', size: 1, type: 'disk' },
      { name: 'sr0', size: 1, type: 'rom' },
    ],
  };
  const kernel =
    'disk=vda\ndiscard_max_bytes=2147483136\nwrite_zeroes_max_bytes=2147483136\nvendor=0x1af4\ndisk=sda\nvendor=ATA     \nzeroing_mode=writesame_16_unmap\n';
  const output = [
    ['disks', JSON.stringify(listing)],
    ['kernel', kernel],
    ['tools', 'perl\nblkdiscard\n'],
    ['end', ''],
  ]
    .map(([name, text]) => `\n${PROBE_MARK}${name}\n${text}`)
    .join('');
  const { disks, tools } = readProbe(output);
  expect([...tools]).toEqual(['perl', 'blkdiscard']);
  expect(disks).toEqual([
    {
      name: 'vda',
      serial: 'D1',
      wwn: '',
      model: '',
      size: 21474836480,
      readOnly: false,
      removable: false,
      transport: 'virtio',
      mountedAt: ['/srv'],
      queue: { discards: true, discardReadsZero: false, writesZeroes: true, writesZeroesAndUnmaps: false },
    },
    {
      name: 'sda',
      serial: 'D2',
      wwn: '0x5',
      model: 'M',
      size: 1000,
      readOnly: true,
      removable: false,
      transport: 'ata',
      mountedAt: [],
      queue: { discards: false, discardReadsZero: true, writesZeroes: false, writesZeroesAndUnmaps: false },
    },
  ]);
});

describe('evidence', () => {
  const outcome = (exitCode: number, tail: string) =>
    evidenceOf({
      machineId: 'm-1',
      operationId: 'm-1/release/1',
      plan: { level: 'full', bootId: 'b-1' },
      erasure: { step: 'erase sda', disk, method: 'overwrite', deadlineMs: 1 },
      result: { exitCode, tail },
      endedAt: new Date('2026-11-22T10:00:00Z'),
    });
  const line = 'evidence: blocks=10000 bytes=43057152 nonzero=0 marked=0 seconds=90';

  test('says when, how and what was read back', () => {
    expect(outcome(0, `50 %\n${line}\n`)).toMatchObject({
      startedAt: '2026-11-22T09:58:30.000Z',
      endedAt: '2026-11-22T10:00:00.000Z',
      result: 'ok',
      verified: { blocks: 10_000, bytes: 43_057_152, nonZero: 0, marked: 0 },
    });
  });

  test.each([
    [91, 'reading back\n3 blocks are not zero, the first at byte 4096\n', /3 blocks are not zero/],
    [90, 'sda refuses to be formatted\n', /refuses to be formatted/],
    [81, 'sda is mounted at /srv\n', /is mounted/],
    [137, '', /exit status 137/],
    [0, 'all is well\n', /did not say what it read back/],
    [0, `${line}\nand something after it\n`, /did not say what it read back/],
    [1, `${line}\n`, /evidence/],
  ])('exit status %i after %j is no success', (exitCode, tail, reason) => {
    expect(outcome(exitCode, tail)).toMatchObject({
      result: 'failed',
      reason: expect.stringMatching(reason),
    });
  });
});
