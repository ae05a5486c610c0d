import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { outlineScripts, parseInventory, readScript, shippedScripts } from '../../inventory/index.ts';
import { type CodedError, type Inventory, type ScriptPurpose, type TestRequest } from '../../model/index.ts';

/** sda and sdb turn, nvme0n1 and nvme1n1 do not; cards eno1 and usb0; PCI, USB and DMI of a server. */
const server = parseInventory(readFileSync(new URL('fixtures/two-sockets.txt', import.meta.url), 'utf8'));

const script = (name: string, yaml = '') =>
  readScript(
    `#!/bin/sh\n# --- Start MAAS 1.0 script metadata ---\n# name: ${name}\n${yaml
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => `# ${line}\n`)
      .join('')}# --- End MAAS 1.0 script metadata ---\n`,
  );
const asked = (change: Partial<TestRequest> = {}): TestRequest => ({
  scripts: [],
  parameters: {},
  destructive: false,
  ...change,
});
const runs = (
  scripts: ReturnType<typeof script>[],
  request: Partial<TestRequest> = {},
  purpose: ScriptPurpose = 'test',
  inventory: Inventory = server,
) => outlineScripts(scripts, purpose, asked(request), inventory).runs;
const steps = (...given: Parameters<typeof runs>) => runs(...given).map(({ step }) => step);

function refusal(act: () => unknown): unknown {
  try {
    act();
    return 'accepted';
  } catch (error) {
    return `${(error as CodedError).code} ${String((error as CodedError).details.field)}`;
  }
}

describe('which scripts', () => {
  const all = [
    script('custom', 'type: commissioning'),
    script('quiet', 'type: commissioning\ntags: noauto'),
    script('validate', 'type: testing\ntags: [commissioning, smart]'),
    script('usual', 'type: testing\ntags: [default]'),
    script('wipe', 'type: testing\ntags: [default, smart]\ndestructive: true'),
    script('leave', 'type: release'),
  ];
  test.each<[string, Partial<TestRequest>, ScriptPurpose, readonly string[]]>([
    [
      'commissioning runs its own, but noauto, and tests of that tag',
      {},
      'commission',
      ['custom', 'validate'],
    ],
    ['a test that was not chosen is the default, never destructive', {}, 'test', ['usual']],
    ['by name', { scripts: ['validate'] }, 'test', ['validate']],
    ['by tag', { tags: ['smart'], destructive: true }, 'test', ['validate', 'wipe']],
    [
      'by both, once each',
      { tags: ['smart'], scripts: ['wipe', 'usual'], destructive: true },
      'test',
      ['usual', 'validate', 'wipe'],
    ],
    ['noauto by its name', { scripts: ['quiet'] }, 'commission', ['quiet']],
    ['at release', {}, 'release', ['leave']],
  ])('%s', (_, request, purpose, names) => {
    expect(steps(all, request, purpose)).toEqual(names);
  });
  test.each<[string, Partial<TestRequest>, string]>([
    ['one that is not there', { scripts: ['none'] }, 'SCRIPT_NOT_FOUND scripts'],
    ['one for something else', { scripts: ['custom'] }, 'REQUEST_INVALID scripts'],
    ['a tag that is not there', { tags: ['none'] }, 'REQUEST_INVALID tags'],
    ['a destructive one, without consent', { scripts: ['wipe'] }, 'REQUEST_INVALID destructive'],
    ['a destructive one by its tag', { tags: ['smart'] }, 'REQUEST_INVALID destructive'],
  ])('%s is refused', (_, request, field) => {
    expect(refusal(() => runs(all, request))).toBe(field);
  });
});

describe('on which parts', () => {
  const disks = script('disks', 'parameters: {storage: {type: storage}}');
  const one = { scripts: ['disks'] };
  test('every disk has a run of its own, named after it', () => {
    expect(steps([disks], one)).toEqual([
      'disks on sda S59ANX0R',
      'disks on sdb BAD1',
      'disks on nvme0n1 NV1',
      'disks on nvme1n1 NV2',
    ]);
    expect(runs([disks], one)[0]?.target).toMatchObject({
      kind: 'disk',
      serial: 'S59ANX0R',
      wwn: '0x5002538f',
    });
  });
  test.each([
    ['NV1', ['nvme0n1']],
    ['eui.002539', ['nvme1n1']],
    ['sda, sdb', ['sda', 'sdb']],
    ['/dev/sda,S59ANX0R', ['sda']],
    ['EXAMPLE_OLD:BAD1', ['sdb']],
    ['pci-0000:18:00.0-scsi-0:0:0:0', ['sda']],
  ])('%s names %j', (storage, names) => {
    const found = runs([disks], { ...one, parameters: { storage } });
    expect(found.map(({ target }) => target?.kind === 'disk' && target.name)).toEqual(names);
  });
  test('a disk that is not there is refused', () => {
    expect(refusal(() => runs([disks], { ...one, parameters: { storage: 'sdz' } }))).toBe(
      'REQUEST_INVALID parameters.storage',
    );
  });
  test('without any disk it is skipped, and says so', () => {
    expect(runs([disks], one, 'test', { ...server, disks: [] })[0]?.skip).toMatch(/no disk/);
  });
  test('cards that have a link; MACs and names find them', () => {
    const cards = script('cards', 'parameters: {interface: {type: interface}}');
    const dark = { ...server, nics: server.nics.map((nic) => ({ ...nic, link: nic.name === 'usb0' })) };
    expect(steps([cards], { scripts: ['cards'] }, 'test', dark)).toEqual(['cards on usb0']);
    expect(
      steps([cards], { scripts: ['cards'], parameters: { interface: 'b0:26:28:AA:00:01' } }, 'test', dark),
    ).toEqual(['cards on eno1']);
  });
  test('what cannot be told from another disk is not written to', () => {
    const wipe = script('wipe', 'destructive: true\nparameters: {storage: {type: storage}}');
    const nameless = server.disks.map((disk) => ({
      ...disk,
      ...(disk.name === 'sda' && { serial: '', wwn: '' }),
    }));
    const locked = nameless.map((disk) => ({ ...disk, readOnly: disk.name === 'sdb' }));
    const inventory = {
      ...server,
      disks: locked.map((disk) => ({ ...disk, removable: disk.name === 'nvme1n1' })),
    };
    const found = runs([wipe], { scripts: ['wipe'], destructive: true }, 'test', inventory);
    expect(
      found.map(({ target, skip }) => [target?.kind === 'disk' && target.name, skip !== undefined]),
    ).toEqual([
      ['sda', true],
      ['sdb', true],
      ['nvme0n1', false],
    ]);
  });
});

describe('for which hardware', () => {
  test.each([
    ['pci:8086:158B', true],
    ['pci:8086:*', false],
    ['usb:0624:0248', true],
    ['usb:0624:0249', false],
    ['system_vendor:example*', true],
    ['system_product:Rack 7?0', true],
    ['mainboard_product:0WGD1A', true],
    ['modalias:pci:v000010DEd*', true],
    ['modalias:dmi:*svnExample*', true],
    ['modalias:pci:v0000FFFFd*', false],
    ['system_vendor:Other', false],
  ])('%s', (id, fits) => {
    const wrap = () => script('special', `tags: default\nfor_hardware: ['${id}']`);
    if (id === 'pci:8086:*') return expect(refusal(wrap)).toMatch(/metadata\.for_hardware/);
    expect(steps([wrap()])).toEqual(fits ? ['special'] : []);
  });
  test('one that was asked for by name is not left out silently', () => {
    const special = script('special', 'for_hardware: [system_vendor:Other]');
    expect(runs([special], { scripts: ['special'] })[0]?.skip).toContain('system_vendor:Other');
  });
  test('a pattern of many stars has an end', () => {
    const vendor = `system_vendor:${'*a'.repeat(100)}b`;
    const start = performance.now();
    const other = { ...server, system: { ...server.system, vendor: 'a'.repeat(1000) } };
    expect(steps([script('x', `tags: default\nfor_hardware: ['${vendor}']`)], {}, 'test', other)).toEqual([]);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe('in which order', () => {
  test('alone first, then beside their own kind, then beside each other', () => {
    const all = [
      script('any-b', 'parallel: any'),
      script('any-a', 'parallel: any\nhardware_type: network'),
      script('each', 'parallel: instance\nhardware_type: storage\nparameters: {storage: {type: storage}}'),
      script('memory', 'hardware_type: memory'),
      script('processor', 'hardware_type: cpu'),
    ];
    const found = runs(all, { scripts: all.map(({ metadata }) => metadata.name) });
    expect(found.map(({ group, script }) => `${group} ${script}`)).toEqual([
      '1 processor',
      '2 memory',
      ...['3 each', '3 each', '3 each', '3 each'],
      '4 any-a',
      '4 any-b',
    ]);
  });
  test('of 40 disks 16 at once', () => {
    const disk = server.disks[0] as Inventory['disks'][number];
    const many = {
      ...server,
      disks: Array.from({ length: 40 }, (_, n) => ({ ...disk, name: `sd${n}`, serial: 'S-'.repeat(20) + n })),
    };
    const each = script('each', 'parallel: instance\nparameters: {storage: {type: storage}}');
    const found = runs([each], { scripts: ['each'] }, 'test', many);
    const groups = [...Map.groupBy(found, ({ group }) => group).values()];
    expect(groups.map((group) => group.length)).toEqual([16, 16, 8]);
    // A job on the machine is called after its step.
    const keys = found.map(({ step }) => step.replaceAll(/[^A-Za-z0-9]+/g, '-'));
    expect(new Set(keys).size).toBe(40);
    expect(Math.max(...keys.map((key) => key.length))).toBeLessThanOrEqual(64);
  });
});

describe('with which values', () => {
  const timed = script(
    'timed',
    'timeout: 100\nparameters: {runtime: {type: runtime, min: 10, max: 90}, url: {type: url, required: false}}',
  );
  const one = { scripts: ['timed'] };
  test('a runtime is the timeout unless it is said, and gets a minute more', () => {
    const free = script('free', 'timeout: 100\nparameters: {runtime: {type: runtime}}');
    expect(runs([free], { scripts: ['free'] })[0]).toMatchObject({
      values: { runtime: '100' },
      timeoutSeconds: 160,
    });
    expect(runs([timed], { ...one, parameters: { runtime: '20' } })[0]).toMatchObject({
      values: { runtime: '20' },
      timeoutSeconds: 100,
      deadlineMs: 220_000,
    });
  });
  test('for one script, or for all', () => {
    const parameters = { runtime: '20', 'timed.runtime': '30' };
    expect(runs([timed], { ...one, parameters })[0]?.values).toEqual({ runtime: '30' });
  });
  test.each([
    [{ runtime: '9' }, 'parameters.runtime'],
    [{ runtime: '91' }, 'parameters.runtime'],
    [{ runtime: '1h' }, 'parameters.runtime'],
    [{ runtime: '20', url: '--output=/etc/passwd' }, 'parameters.url'],
    [{ runtime: '20', url: 'http://a/\nb' }, 'parameters.url'],
    [{ runtime: '20', url: 'passwd' }, 'parameters.url'],
    [{ runtime: '20', other: 'x' }, 'parameters.other'],
    [{ runtime: '20', 'none.runtime': 'x' }, 'parameters.none.runtime'],
  ])('%j is refused', (parameters, field) => {
    expect(refusal(() => runs([timed], { ...one, parameters }))).toBe(`REQUEST_INVALID ${field}`);
  });
});

test('the tests that come with us: one of each kind, each with a deadline, the destructive ones marked', async () => {
  const shipped = await shippedScripts();
  expect(shipped.map(({ metadata }) => `${metadata.name}${metadata.destructive ? ' !' : ''}`)).toEqual([
    'cpu-load',
    'disk-fio !',
    'disk-read',
    'disk-smart-short',
    'disk-smart-long',
    'disk-smart-conveyance',
    'disk-write-read !',
    'memory-load',
    'memory-pattern',
    'network-reach',
    'network-throughput',
  ]);
  for (const { metadata } of shipped) expect(metadata.timeoutSeconds, metadata.name).toBeGreaterThan(0);
  expect(steps([...shipped]).map((step) => step.split(' ')[0])).toEqual([
    'cpu-load',
    'memory-load',
    ...['disk-read', 'disk-read', 'disk-read', 'disk-read'],
    ...['network-reach', 'network-reach'],
  ]);
});
