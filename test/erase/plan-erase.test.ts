import { describe, expect, test } from 'vitest';
import { readAtaAbilities } from '../../erase/ata-abilities.ts';
import { planErase } from '../../erase/index.ts';
import type { LiveDisk } from '../../erase/live-disk.ts';
import { readNvmeAbilities } from '../../erase/nvme-abilities.ts';
import { allTools, fixture, input, known, live, queue } from './example.ts';

const nvmeWords = readNvmeAbilities(fixture('nvme-id-ctrl.json'), fixture('nvme-id-ns.json'));
if (!nvmeWords) throw new Error('the NVMe fixture cannot be read');
const nvme = (changes: Partial<typeof nvmeWords> = {}, disk: Partial<LiveDisk> = {}): LiveDisk =>
  live({ name: 'nvme0n1', serial: 'N-1', transport: 'nvme', nvme: { ...nvmeWords, ...changes }, ...disk });
const noNvme = { sanitizeBlock: false, sanitizeCrypto: false, format: false, deallocatedReadsZero: false };
const ata = (page: string, disk: Partial<LiveDisk> = {}): LiveDisk => {
  const words = readAtaAbilities(fixture(page));
  if (!words) throw new Error(`${page} cannot be read`);
  return live({ transport: 'sata', ata: words, ...disk });
};
const discards = queue({ discards: true });

function methodOf(disk: LiveDisk, others: readonly LiveDisk[] = []): string {
  const plan = planErase(input([disk, ...others], { level: 'secure', fallback: 'full' }));
  return plan.disks[0]?.method ?? 'skipped';
}

describe('what disks say of themselves', () => {
  test('an NVMe controller: bits of SANICAP, OACS, FNA and DLFEAT', () => {
    expect(nvmeWords).toEqual({
      sanitizeBlock: true,
      sanitizeCrypto: true,
      format: true,
      formatReachesAll: false,
      deallocatedReadsZero: true,
    });
    expect(readNvmeAbilities('{"sanicap":0,"oacs":2,"fna":1}', '')).toMatchObject({
      sanitizeBlock: false,
      format: true,
      formatReachesAll: true,
      deallocatedReadsZero: false,
    });
    expect(readNvmeAbilities('NVMe status: Invalid', '')).toBeUndefined();
  });

  test.each([
    ['ata-rotating.txt', { security: true, enhanced: true, frozen: false, enabled: false, minutes: 508 }],
    ['ata-frozen-hdd.txt', { security: true, frozen: true, trimReadsZero: false }],
    ['ata-frozen-ssd.txt', { security: true, enhanced: false, frozen: true, trimReadsZero: true }],
    ['ata-locked-before.txt', { security: true, enabled: true, frozen: false }],
    ['ata-plain.txt', { security: false, frozen: false, trimReadsZero: false }],
  ])('an ATA disk: %s', (page, words) => {
    expect(readAtaAbilities(fixture(page))).toMatchObject(words);
  });
});

describe('a secure erase takes what the disk itself promises', () => {
  test.each<[string, LiveDisk, string]>([
    ['NVMe with sanitize', nvme(), 'nvme-sanitize-block'],
    ['NVMe with crypto erase only', nvme({ sanitizeBlock: false }), 'nvme-sanitize-crypto'],
    ['NVMe without sanitize', nvme({ sanitizeBlock: false, sanitizeCrypto: false }), 'nvme-format'],
    [
      'NVMe that can only discard, and reads zeroes then',
      nvme({ ...noNvme, deallocatedReadsZero: true }, { queue: discards }),
      'discard',
    ],
    ['NVMe that can only discard, and reads anything then', nvme(noNvme, { queue: discards }), 'overwrite'],
    ['ATA with enhanced erase', ata('ata-rotating.txt'), 'ata-secure-erase-enhanced'],
    ['ATA that was cut in the middle before', ata('ata-locked-before.txt'), 'ata-secure-erase'],
    ['ATA frozen, trim reads zeroes', ata('ata-frozen-ssd.txt', { queue: discards }), 'discard'],
    ['ATA frozen, rotating', ata('ata-frozen-hdd.txt'), 'overwrite'],
    ['ATA that trims to anything', ata('ata-plain.txt', { queue: discards }), 'overwrite'],
    ['SCSI that reads zeroes', live({ queue: queue({ discards: true, discardReadsZero: true }) }), 'discard'],
    ['SCSI that discards to anything', live({ queue: discards }), 'overwrite'],
    ['a kernel that knows', live({ queue: queue({ writesZeroesAndUnmaps: true }) }), 'write-zeroes'],
    ['virtio', live({ transport: 'virtio', queue: queue({ writesZeroes: true }) }), 'write-zeroes'],
    ['virtio without', live({ transport: 'virtio' }), 'overwrite'],
  ])('%s: %s', (_, disk, method) => {
    expect(methodOf(disk)).toBe(method);
  });

  test('and nothing that would reach a namespace beside it', () => {
    const beside = live({ name: 'nvme0n2', serial: 'N-2' });
    expect(methodOf(nvme(), [beside])).toBe('nvme-format');
    expect(methodOf(nvme({ formatReachesAll: true }), [beside])).toBe('overwrite');
    expect(methodOf(nvme(), [live({ name: 'nvme1n1', serial: 'N-2' })])).toBe('nvme-sanitize-block');
  });

  test('without a fallback every disk that cannot is named, with why and what would work', () => {
    const disks = [
      ata('ata-frozen-hdd.txt', { name: 'sda', serial: 'A' }),
      nvme(),
      live({ name: 'sdb', serial: 'B' }),
    ];
    const plan = () => planErase(input(disks, { level: 'secure' }));
    expect(plan).toThrow(expect.objectContaining({ code: 'ERASE_UNSUPPORTED' }));
    expect(plan).toThrow(/sda \(ST4000NM0035, serial A, 4001 GB\).*frozen by the firmware.*power away/);
    expect(plan).toThrow(/sdb .*neither after a discard nor by a command.*--fallback full/);
    expect(plan).not.toThrow(/nvme0n1/);
  });

  test.each([
    ['nvme-cli', nvme()],
    ['hdparm', ata('ata-rotating.txt')],
  ])('a memory image without %s says so', (tool, disk) => {
    const bare = { disks: [disk], tools: new Set(['perl', 'blkdiscard']) };
    expect(() => planErase(input([disk], { level: 'secure', live: bare }))).toThrow(
      new RegExp(`has no ${tool}`),
    );
  });
});

describe('which disks', () => {
  const own = live({ name: 'sdx', serial: 'USB', mountedAt: ['/run/live/medium'] });
  test('removable, read-only and what the machine runs from are left alone, and said so', () => {
    const disks = [
      live(),
      live({ name: 'sdb', serial: 'R', removable: true }),
      live({ name: 'sdc', serial: 'O', readOnly: true }),
      own,
    ];
    const plan = planErase(input(disks));
    expect(plan.disks.map(({ step, method }) => [step, method])).toEqual([['erase sda', 'signatures']]);
    expect(plan.skipped.map(({ disk, reason }) => `${disk.name}: ${reason}`)).toEqual([
      'sdb: it is removable',
      'sdc: it can only be read',
      'sdx: the machine runs from it',
    ]);
  });

  test('one that came since it was commissioned is erased as well', () => {
    const plan = planErase(input([live(), live({ name: 'sdb', serial: 'new' })], { known: [known(live())] }));
    expect(plan.disks.map(({ disk }) => disk.serial)).toEqual(['S-1', 'new']);
  });

  test.each<[string, LiveDisk[], LiveDisk[], string, RegExp]>([
    ['one is gone', [live()], [live(), live({ name: 'sdb', serial: 'gone' })], 'DISK_CHANGED', /serial gone/],
    ['one has another size', [live({ size: 5 })], [live()], 'DISK_CHANGED', /S-1/],
    ['one is mounted', [live({ mountedAt: ['/srv'] })], [], 'DISK_NOT_SUITABLE', /sda .*mounted at \/srv/],
    [
      'two cannot be told apart',
      [live({ serial: '', wwn: '' }), live({ name: 'sdb', serial: '', wwn: '' })],
      [],
      'DISK_NOT_SUITABLE',
      /two disks like sda/,
    ],
  ])('nothing is planned when %s', (_, there, before, code, words) => {
    const plan = () => planErase(input(there, { known: before.map(known) }));
    expect(plan).toThrow(expect.objectContaining({ code }));
    expect(plan).toThrow(words);
  });

  test('nothing is planned where nothing could be read back', () => {
    const bare = { disks: [live()], tools: new Set([...allTools].filter((tool) => tool !== 'perl')) };
    expect(() => planErase(input([live()], { live: bare }))).toThrow(/no perl/);
  });
});

test('a deadline grows with the disk: 20 TB at 50 MB/s are 111 hours', () => {
  const hours = (disk: LiveDisk, level: 'quick' | 'full' | 'secure') =>
    (planErase(input([disk], { level })).disks[0]?.deadlineMs ?? 0) / 3_600_000;
  expect(hours(live({ size: 20e12 }), 'full')).toBeCloseTo(111.6, 1);
  expect(hours(live({ size: 20e12 }), 'quick')).toBe(0.5);
  expect(hours(ata('ata-rotating.txt'), 'secure')).toBeGreaterThan((2 * 508) / 60);
});
