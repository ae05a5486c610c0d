import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MachineSpec, powerOn, pullDisks } from '../../lab/index.ts';
import { diskFile } from '../../lab/rack/disks.ts';
import { type Service, startService } from '../../lab/service.ts';
import { awaitEnlisted, operationsOf, type Operator, operator, prepare } from '../../lab/story.ts';
import {
  type EraseEvidence,
  type Inventory,
  type MachineRecord,
  type ScriptResult,
  Secret,
} from '../../model/index.ts';
import { connect } from '../../remote/index.ts';
import { type BlockDevice, type Inside, inside, wayTo } from '../fixtures/inside.ts';
import { storageProperty } from '../fixtures/storage-property.ts';
import { type VirtualRack, virtualRack } from '../fixtures/virtual-rack.ts';

/**
 * What can be done to a machine beside the main job, on machines with four disks and two cards: tested, stopped while its disk is
 * written, laid out by LVM and RAID with a bond and a VLAN, rescued, erased. They are looked at from inside, and started cold to
 * see that they come back by themselves. The tests of this file tell one story in order.
 */
const IMAGE = 'debian/12';
const GiB = 1024 ** 3;
const machines: readonly MachineSpec[] = (['bios', 'uefi'] as const).map((firmware, index) => ({
  name: `w1-${firmware}`,
  firmware,
  disks: [
    { bus: 'virtio', bytes: 8 * GiB },
    { bus: 'virtio', bytes: 8 * GiB },
    { bus: 'nvme', bytes: 3 * GiB },
    { bus: 'scsi', bytes: 3 * GiB },
  ],
  memoryMiB: 2048,
  cpus: 2,
  macs: [`52:54:00:79:00:1${index}`, `52:54:00:79:01:1${index}`],
  uuid: `5c0f0000-0000-4000-8000-00000000010${index}`,
  serial: `WL000${index + 1}`,
}));
const [bios, uefi] = ['w1-bios', 'w1-uefi'];
let lab: VirtualRack;
let service: Service;
let person: Operator;
let within: Inside;

beforeAll(async () => {
  lab = await virtualRack('life', machines);
  service = await startService(lab.rack);
  person = operator(service);
  within = inside(service);
  await prepare(lab.rack, person, IMAGE);
});
afterAll(() => lab?.end());

describe('two machines of four disks and two cards each', () => {
  it('are found and commissioned', async () => {
    for (const { name } of machines) await powerOn(lab.rack, name);
    await awaitEnlisted(lab.rack, person, 10 * 60_000);
    await person.show('machine', 'commission', bios, uefi, '--yes', '--wait');
    for (const { name, disks, macs } of machines) {
      const { inventory } = await get<{ inventory: Inventory }>(`/v1/machines/${name}/inventory`);
      expect(inventory.disks.map(({ size, transport }) => [size, transport])).toEqual(
        expect.arrayContaining(disks.map(({ bytes, bus }) => [bytes, bus === 'nvme' ? 'nvme' : ''])),
      );
      expect(inventory.nics.map(({ mac, link }) => [mac, link])).toEqual(
        expect.arrayContaining(macs.map((mac) => [mac, true])),
      );
    }
  });

  it('are tested: a disk is read, and what stands around answers each card', async () => {
    await Promise.all(
      machines.map(({ name, serial }) =>
        person.show(
          ...['machine', 'test', name, '--script', 'disk-read', '--script', 'network-reach'],
          ...['--param', `disk-read.storage=${serial}-2`, '--yes', '--wait'],
        ),
      ),
    );
    for (const { name, serial } of machines) {
      const results = await person.read<readonly ScriptResult[]>('machine', 'results', name);
      const read = results.find(({ script }) => script === 'disk-read');
      expect(read).toMatchObject({
        verdict: 'passed',
        target: { serial: `${serial}-2` },
        values: { errors: 0 },
      });
      const reached = results.filter(
        ({ script, verdict }) => script === 'network-reach' && verdict !== 'skipped',
      );
      expect(reached.map(({ verdict }) => verdict)).toEqual(['passed']);
      expect(await show(name)).toMatchObject({ state: 'Ready' });
    }
  });

  it('plan and deed agree: whatever layout is made on their disks', async () => {
    const key = await readFile(join(service.dataDirectory, 'ssh/id_ed25519'), 'utf8');
    for (const [index, { name }] of machines.entries()) {
      const { inventory } = await get<{ inventory: Inventory }>(`/v1/machines/${name}/inventory`);
      const { session } = await show(name);
      if (!session) throw new Error(`${name} is not in memory`);
      const { address, hostKeys } = session;
      const host = await connect({
        address,
        hostKeys,
        port: 22,
        username: 'root',
        privateKey: new Secret(key),
      });
      try {
        const began = performance.now();
        const runs = await storageProperty(host, inventory.disks, 4, 11 + index);
        const seconds = (performance.now() - began) / 1000;
        console.log(
          `  ${name}: ${runs.length} layouts, ${runs.filter(({ refused }) => refused).length} refused, 0 differences, ${seconds.toFixed(0)} s`,
        );
        expect(runs.some(({ digest }) => digest !== undefined)).toBe(true);
      } finally {
        host.close();
      }
    }
  });
});

const storage: Readonly<Record<'lvm' | 'raid1', (name: string) => readonly string[]>> = {
  lvm: (name) => [
    '--layout',
    'lvm',
    '--disk',
    `serial=${serialOf(name)}-0`,
    '--root-size',
    '6GiB',
    '--swap',
    '256MiB',
  ],
  raid1: (name) => [
    '--layout',
    'raid1',
    ...[0, 1].flatMap((disk) => ['--disk', `serial=${serialOf(name)}-${disk}`]),
  ],
};

/** What each of them is in the bond's network, and in the VLAN on top of it. */
const vlan = { [bios]: '192.168.77.1', [uefi]: '192.168.77.2' };

describe('stopped while its disk is written', () => {
  it('ends at once, goes no further on the machine, and can be asked again', async () => {
    await person.show('machine', 'deploy', bios, '--image', IMAGE, ...storage.lvm(bios), '--yes', '--detach');
    await expect
      .poll(() => stateOfStep(bios, 'write image'), { timeout: 300_000, interval: 200 })
      .toBe('running');
    const began = performance.now();
    await person.show('machine', 'abort', bios, '--reason', 'the wrong image', '--yes', '--wait');
    await expect.poll(async () => (await show(bios)).state, { timeout: 60_000 }).toBe('Failed deployment');
    console.log(`  stopped in ${((performance.now() - began) / 1000).toFixed(1)} s`);
    const [operation] = await operationsOf(person, bios);
    expect(operation).toMatchObject({ kind: 'deploy', state: 'failed', failure: { code: 'ABORTED' } });
    const units = await within.run(
      bios,
      'systemctl',
      'list-units',
      '--state=running',
      '--plain',
      'rackwright-*',
    );
    expect(units).not.toMatch(/rackwright-.*\.service/);
  });
});

describe('LVM on the one, RAID 1 on the other, and a bond with a VLAN on both', () => {
  it('are deployed side by side', async () => {
    await Promise.all([deploy(bios, 'lvm'), deploy(uefi, 'raid1')]);
    await lookInside({ [bios]: 'lvm', [uefi]: 'raid1' });
    await lookAtNetwork();
  });

  it('come back after a cold start, the mirror without its first disk', async () => {
    await coldStart({ [bios]: [], [uefi]: [0] });
    await lookInside({ [bios]: 'lvm', [uefi]: 'raid1' }, { degraded: [uefi] });
    await lookAtNetwork();
  });

  it('is rescued: its disk stays as it is, and it comes back to it', async () => {
    const before = await within.bootId(bios);
    await within.run(bios, 'touch', '/root/was-here');
    await person.show('machine', 'rescue', bios, '--yes', '--wait');
    expect(await show(bios)).toMatchObject({ state: 'Rescue' });
    const { blockdevices } = await blockDevices(bios);
    expect(wayTo('/', blockdevices), 'no disk is mounted').toEqual([]);
    await within.run(bios, 'vgchange', '-ay', 'system');
    const listing = await within.run(
      bios,
      'mount -o ro /dev/system/root /mnt && ls /mnt/root && umount /mnt',
    );
    expect(listing).toContain('was-here');
    await person.show('machine', 'exit-rescue', bios, '--yes', '--wait');
    expect(await show(bios)).toMatchObject({ state: 'Deployed' });
    await within.awaitAnotherBoot(bios, before);
    expect(await within.run(bios, 'ls', '/root')).toContain('was-here');
  });

  it('are erased, quick and secure, with evidence for each disk', async () => {
    await pullDisks(lab.rack, uefi, []);
    await Promise.all([
      person.show('machine', 'release', bios, '--erase', 'quick', '--yes', '--wait'),
      person.show('machine', 'release', uefi, '--erase', 'secure', '--yes', '--wait'),
    ]);
    const quick = await evidence(bios);
    expect(quick.map(({ result, method }) => [result, method])).toEqual(
      quick.map(() => ['ok', 'signatures']),
    );
    const secure = await evidence(uefi);
    for (const { name, spec } of [bios, uefi].map((name, index) => ({
      name,
      spec: machines[index] as MachineSpec,
    }))) {
      const found = name === bios ? quick : secure;
      expect(found.map(({ disk }) => disk.serial).toSorted()).toEqual(
        spec.disks.map((_, number) => `${spec.serial}-${number}`),
      );
      expect(await show(name)).toMatchObject({ state: 'Ready', observedPower: { state: 'off' } });
    }
    const methods = new Map(
      secure.map(({ disk, method, result }) => [disk.name.replace(/\d.*|[a-z]$/, ''), { method, result }]),
    );
    console.log(`  secure: ${secure.map(({ disk, method }) => `${disk.name} by ${method}`).join(', ')}`);
    expect(methods.get('nvme')).toEqual({ method: 'nvme-format', result: 'ok' });
    for (const { spec, from } of machines.flatMap((spec) => spec.disks.map((_, from) => ({ spec, from })))) {
      const head = await execa('cmp', ['-n', String(1024 ** 2), diskPath(spec.name, from), '/dev/zero'], {
        reject: false,
      });
      expect(head.exitCode, `the first MiB of disk ${from} of ${spec.name}`).toBe(0);
    }
  });
});

describe('the other way round', () => {
  it('are deployed: RAID 1 with BIOS, LVM with UEFI', async () => {
    await Promise.all([deploy(bios, 'raid1'), deploy(uefi, 'lvm')]);
    await lookInside({ [bios]: 'raid1', [uefi]: 'lvm' });
  });

  it('come back after a cold start, the mirror without its first disk', async () => {
    await coldStart({ [bios]: [0], [uefi]: [] });
    await lookInside({ [bios]: 'raid1', [uefi]: 'lvm' }, { degraded: [bios] });
    await lookAtNetwork();
    await pullDisks(lab.rack, bios, []);
    await person.show('machine', 'release', bios, uefi, '--erase', 'quick', '--yes', '--wait');
  });
});

describe('to RAM, and as a whole disk', () => {
  it('runs from memory at the address of its plan, and touches no disk', async () => {
    await Promise.all([
      person.show(
        'machine',
        'deploy',
        bios,
        '--image',
        IMAGE,
        '--ephemeral',
        '--hostname',
        'ram',
        '--yes',
        '--wait',
      ),
      person.show(
        ...[
          'machine',
          'deploy',
          uefi,
          '--image',
          IMAGE,
          '--disk',
          `serial=${serialOf(uefi)}-2`,
          '--yes',
          '--wait',
        ],
      ),
    ]);
    const { deployment, session } = await show(bios);
    expect(deployment).toMatchObject({ ephemeral: true });
    const addresses = await globalAddresses(bios);
    expect(addresses).toContain(deployment?.address);
    expect(addresses, 'the lease that nobody renews').not.toContain(session?.address);
    expect((await within.run(bios, 'hostname')).trim()).toBe('ram');
    const { blockdevices } = await blockDevices(bios);
    expect(mountpoints(blockdevices)).toEqual([]);
    for (const number of [0, 1]) {
      const head = await execa('cmp', ['-n', String(1024 ** 2), diskPath(bios, number), '/dev/zero'], {
        reject: false,
      });
      expect(head.exitCode, 'erased before, and not touched since').toBe(0);
    }
  });

  it('becomes what an image of a whole disk says, and comes back after a cold start', async () => {
    await person.show('machine', 'power', uefi, 'off', '--yes', '--wait');
    const image = join(lab.folder, 'captured.qcow2');
    await execa('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', '-c', diskPath(uefi, 2), image]);
    await person.show(
      ...[
        'image',
        'import',
        'captured/1',
        image,
        '--unsigned',
        '--firmware',
        'uefi',
        '--default-user',
        'debian',
      ],
    );
    await person.show('machine', 'release', uefi, '--erase', 'quick', '--yes', '--wait');
    await person.show(
      ...['machine', 'deploy', uefi, '--image', 'captured/1', '--disk', `serial=${serialOf(uefi)}-3`],
      ...['--hostname', 'whole-disk', '--yes', '--wait'],
    );
    const look = async () => {
      const { blockdevices } = await blockDevices(uefi);
      expect(wayTo('/', blockdevices)[0]?.serial).toBe(`${serialOf(uefi)}-3`);
      expect((await within.run(uefi, 'hostname')).trim()).toBe('whole-disk');
      expect(await globalAddresses(uefi)).toEqual([(await show(uefi)).deployment?.address]);
      expect(await within.run(uefi, 'efibootmgr')).toMatch(/Boot[0-9A-F]{4}\* rackwright-image/);
    };
    await look();
    await coldStart({ [uefi]: [] });
    await look();
  });
});

const show = (name: string) => person.read<MachineRecord>('machine', 'show', name);
const get = <Result>(path: string) => person.read<Result>('api', 'GET', path);
const evidence = (name: string) => person.read<readonly EraseEvidence[]>('machine', 'evidence', name);
const specOf = (name: string) => machines.find((spec) => spec.name === name) as MachineSpec;
const serialOf = (name: string): string => specOf(name).serial;
const diskPath = (name: string, number: number): string =>
  join(lab.rack.directory, 'machines', name, diskFile(number));

async function stateOfStep(name: string, step: string): Promise<string | undefined> {
  const [operation] = await operationsOf(person, name);
  return operation?.steps.find((one) => one.name === step)?.state;
}

/** With both cards in a bond, which is where the machine is reached, and VLAN 77 on top of it. */
async function deploy(name: string, layout: 'lvm' | 'raid1'): Promise<void> {
  const file = join(lab.folder, `${name}.yaml`);
  const network = {
    bonds: [{ name: 'bond0', interfaces: specOf(name).macs, mode: 'active-backup', addresses: ['auto'] }],
    vlans: [{ name: 'storage', id: 77, link: 'bond0', addresses: [`${vlan[name]}/24`] }],
  };
  await writeFile(file, JSON.stringify(network));
  await person.show(
    ...['machine', 'deploy', name, '--image', IMAGE, ...storage[layout](name)],
    ...['--network-file', file, '--yes', '--wait'],
  );
}

/** Off, as somebody who pulls the plug; meanwhile these disks are taken out; and on again. */
async function coldStart(pulled: Readonly<Record<string, readonly number[]>>): Promise<void> {
  const names = Object.keys(pulled);
  const before = await Promise.all(names.map((name) => within.bootId(name)));
  await person.show('machine', 'power', ...names, 'off', '--yes', '--wait');
  for (const name of names) await pullDisks(lab.rack, name, pulled[name] ?? []);
  const began = performance.now();
  await person.show('machine', 'power', ...names, 'on', '--yes', '--wait');
  await Promise.all(
    names.map(async (name, index) => {
      await within.awaitAnotherBoot(name, before[index] ?? '');
      console.log(`  ${name}: ${((performance.now() - began) / 1000).toFixed(0)} s from power-on to SSH`);
    }),
  );
}

function blockDevices(name: string): Promise<{ readonly blockdevices: readonly BlockDevice[] }> {
  return within.read(name, 'lsblk', '-J', '-o', 'NAME,TYPE,FSTYPE,MOUNTPOINT,SERIAL');
}

function mountpoints(devices: readonly BlockDevice[]): readonly string[] {
  return devices.flatMap(({ mountpoint, children, type }) => [
    ...(mountpoint && type !== 'loop' ? [mountpoint] : []),
    ...mountpoints(children ?? []),
  ]);
}

async function lookInside(
  layouts: Readonly<Record<string, 'lvm' | 'raid1'>>,
  { degraded = [] }: { readonly degraded?: readonly string[] } = {},
): Promise<void> {
  for (const [name, layout] of Object.entries(layouts)) {
    const { blockdevices } = await blockDevices(name);
    const way = wayTo('/', blockdevices).map(({ type }) => type);
    const spec = specOf(name);
    if (layout === 'lvm') {
      expect(way).toEqual(['disk', 'part', 'lvm']);
      expect(mountpoints(blockdevices)).toContain('[SWAP]');
    } else {
      expect(way).toEqual(['disk', 'part', 'raid1']);
      const mdstat = await within.run(name, 'cat', '/proc/mdstat');
      expect(mdstat).toMatch(degraded.includes(name) ? /\[2\/1\] \[(_U|U_)\]/ : /\[2\/2\] \[UU\]/);
    }
    if (spec.firmware === 'uefi') {
      const entries = await within.run(name, 'efibootmgr');
      expect(entries).toMatch(/Boot[0-9A-F]{4}\* debian\b/);
      if (layout === 'raid1' && !degraded.includes(name))
        expect(entries).toMatch(/Boot[0-9A-F]{4}\* debian disk 2/);
    }
  }
}

interface Link {
  readonly ifname: string;
  readonly master?: string;
  readonly addr_info: readonly { readonly family: string; readonly local: string; readonly scope: string }[];
  readonly linkinfo?: {
    readonly info_kind?: string;
    readonly info_data?: { readonly mode?: string; readonly id?: number };
  };
}

async function lookAtNetwork(): Promise<void> {
  for (const { name, macs } of machines) {
    const links = await within.read<readonly Link[]>(name, 'ip', '-j', '-d', 'address');
    const bond = links.find(({ ifname }) => ifname === 'bond0');
    expect(bond?.linkinfo).toMatchObject({ info_kind: 'bond', info_data: { mode: 'active-backup' } });
    expect(links.filter(({ master }) => master === 'bond0')).toHaveLength(macs.length);
    expect(bond?.addr_info.map(({ local }) => local)).toContain((await show(name)).deployment?.address);
    const tagged = links.find(({ ifname }) => ifname === 'storage');
    expect(tagged?.linkinfo).toMatchObject({ info_kind: 'vlan', info_data: { id: 77 } });
    expect(tagged?.addr_info.map(({ local }) => local)).toContain(vlan[name]);
  }
  expect(await within.run(bios, 'ping', '-c', '3', '-W', '5', vlan[uefi] ?? '')).toContain(' 0% packet loss');
}

async function globalAddresses(name: string): Promise<readonly string[]> {
  const links = await within.read<readonly Link[]>(name, 'ip', '-j', 'address');
  return links.flatMap(({ addr_info }) =>
    addr_info.flatMap(({ family, scope, local }) => (family === 'inet' && scope === 'global' ? [local] : [])),
  );
}
