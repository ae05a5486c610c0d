import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describePlan, installSteps, planDigest, upgradePlan } from '../../install/index.ts';
import { installIdentifiers } from '../../install/identifiers.ts';
import { rootOf } from '../../install/plan/storage/find.ts';
import {
  CodedError,
  codeOf,
  type CustomStorage,
  type Firmware,
  type StorageRequest,
} from '../../model/index.ts';
import { storageRequests } from '../fixtures/storage-requests.ts';
import { context, disk, GIB, inventory, plan, planInput } from './example.ts';
import { customDocument, fourDisks, layouts, manyDisks } from './storage-examples.ts';

const planned = (storage: StorageRequest, firmware: Firmware = 'bios') =>
  plan({ ...manyDisks, firmware, storage });

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof CodedError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'nothing was refused';
}

describe('layouts', () => {
  test('raid1 starts from either disk, and says so', () => {
    const lines = describePlan(planned({ layout: 'raid1', swap: GIB }, 'uefi'));
    expect(
      lines.slice(
        0,
        lines.findIndex((line) => line.startsWith('Image')),
      ),
    ).toMatchInlineSnapshot(`
      [
        "Layout: raid1",
        "Disk 1: serial S-1, 40 GiB QEMU HARDDISK (nvme1n1 when it was commissioned)",
        "Lost 1: nothing is known to be on that disk",
        "Partitions 1: UEFI, GPT, 1 ESP-1 512 MiB vfat at /boot/efi, 2 swap-1 1.1 GiB, 3 root-1 the rest",
        "Disk 2: serial S-2, 40 GiB QEMU HARDDISK (nvme2n1 when it was commissioned)",
        "Lost 2: nothing is known to be on that disk",
        "Partitions 2: UEFI, GPT, 1 ESP-2 512 MiB vfat, 2 swap-2 1.1 GiB, 3 root-2 the rest",
        "Array: root raid1 of root-1, root-2 ext4 at /",
        "Array: swap raid1 of swap-1, swap-2 swap",
        "Boot loader: on each of 2 disks",
      ]
    `);
  });

  test('lvm leaves what the root does not need', () => {
    const { groups } = planned({ layout: 'lvm' }).storage;
    expect(groups).toEqual([
      { name: 'system', members: ['lvm'], volumes: [{ name: 'root', size: 32 * GIB }] },
    ]);
    const small = plan({ storage: { layout: 'lvm' } }).storage.groups[0];
    expect(small?.volumes).toEqual([{ name: 'root', size: 'rest' }]);
  });

  test.each(Object.keys(layouts('bios')))('%s: its steps, each with a deadline', (layout) => {
    const made = planned(layouts('bios')[layout] as StorageRequest);
    const steps = installSteps(made, context());
    const { arrays, groups, caches, pools, disks } = made.storage;
    expect(steps.map(({ name }) => name)).toEqual([
      disks.length === 1 ? 'find disk' : 'find disks',
      'partition',
      ...(arrays.length > 0 ? ['make arrays'] : []),
      ...(groups.length + caches.length + pools.length > 0 ? ['make volumes'] : []),
      ...['make file systems', 'write image', 'configure', 'kernel and bootloader', 'finish'],
    ]);
    for (const { deadlineMs } of steps) expect(deadlineMs).toBeGreaterThan(0);
    expect(steps.filter(({ destructive }) => destructive).map(({ name }) => name)).not.toContain(
      'write image',
    );
  });

  test.each(['zfs', 'bcache'] as const)('%s needs an image that says that it has it', (layout) => {
    const { inventory: many } = manyDisks;
    expect(refusal(() => plan({ inventory: many, storage: { layout } }))).toMatch(
      /^REQUEST_INVALID storage\.layout: .*does not say that it has/,
    );
  });

  test('disks are chosen by what they are', () => {
    const serials = (storage: StorageRequest) => planned(storage).storage.disks.map(({ serial }) => serial);
    expect(serials({ layout: 'flat', disks: [{ rotation: 'rotating' }] })).toEqual(['R-1']);
    expect(serials({ layout: 'flat', disks: [{ sizeMin: 100 * GIB }] })).toEqual(['R-1']);
    expect(serials({ layout: 'raid1', disks: [{ rotation: 'solid' }, { serial: 's-1' }] })).toEqual([
      'S-2',
      'S-1',
    ]);
    expect(serials({ layout: 'bcache' })).toEqual(['R-1', 'S-1']);
    expect(
      refusal(() => serials({ layout: 'raid1', disks: [{ serial: 'S-1' }, { serial: 'S-1' }] })),
    ).toMatch(/^DISK_NOT_SUITABLE storage\.disks\[1\]: .*1 of 2 are chosen.*nvme1n1 \(40 GiB: chosen\)/);
  });
});

describe('a document of the operator', () => {
  // oxlint-disable-next-line typescript/no-explicit-any -- a document is broken on purpose, in every way
  type Draft = { -readonly [Field in keyof CustomStorage]: any };
  const changed = (change: (draft: Draft) => void, firmware: Firmware = 'bios') => {
    const draft = structuredClone(customDocument(firmware)) as Draft;
    change(draft);
    return () => planned(draft, firmware);
  };

  test('is planned as it is written', () => {
    const { storage } = planned(customDocument('uefi'), 'uefi');
    expect(storage.disks.map(({ serial }) => serial)).toEqual(['S-2', 'S-3']);
    expect(storage.disks[0]?.partitions.map(({ label, typeCode }) => `${label} ${typeCode}`)).toEqual([
      'loader-1 ef00',
      'half-1 fd00',
      'data 8300',
    ]);
    expect(storage.fileSystems.map(({ on, kind, mount = '-' }) => `${on} ${kind} ${mount}`)).toEqual([
      'loader-1 vfat /boot/efi',
      'loader-2 vfat -',
      'root ext4 /',
      'data xfs /srv/data',
      'swap swap -',
    ]);
  });

  test.each<[string, string, (draft: Draft) => void]>([
    ['storage.arrays[0].members[1]', 'There is no partition', (d) => (d.arrays[0].members[1] = 'nothing')],
    [
      'storage.arrays[0].members[1]',
      'is used by array pair already',
      (d) => (d.arrays[0].members[1] = 'half-1'),
    ],
    ['storage.arrays[0].members[1]', 'same disk', (d) => (d.arrays[0].members[1] = 'data')],
    ['storage.arrays[0].members', 'raid6 has 4 to 32', (d) => (d.arrays[0].level = 'raid6')],
    ['storage.arrays[0].members[0]', 'for the boot loader', (d) => (d.arrays[0].members[0] = 'loader-1')],
    ['storage.disks[0].partitions[1].size', 'do not fit', (d) => (d.disks[0].partitions[1].size = 41 * GIB)],
    ['storage.disks[0].partitions[1].size', 'Only the last', (d) => (d.disks[0].partitions[1].size = 'rest')],
    ['storage.disks[1].partitions[1].name', 'given to', (d) => (d.disks[1].partitions[1].name = 'half-1')],
    ['storage.disks[0].name', 'is no name', (d) => (d.disks[0].name = 'a b')],
    ['storage.disks[1].partitions', 'could not start from this one', (d) => d.disks[1].partitions.shift()],
    ['storage.groups[0].volumes[0].size', 'do not fit', (d) => (d.groups[0].volumes[0].size = 30 * GIB)],
    ['storage.groups[0].members[0]', 'There is no', (d) => (d.groups[0].members[0] = 'vg')],
    ['storage.fileSystems', 'Exactly one', (d) => d.fileSystems.shift()],
    ['storage.fileSystems[1].mount', 'already', (d) => (d.fileSystems[1].mount = '/')],
    ['storage.fileSystems[1].mount', 'is no place', (d) => (d.fileSystems[1].mount = '/srv/../etc')],
    ['storage.fileSystems[1].mount', "not the document's", (d) => (d.fileSystems[1].mount = '/proc/x')],
    ['storage.fileSystems[1].options[0]', 'is no mount option', (d) => (d.fileSystems[1].options[0] = 'a b')],
    ['storage.fileSystems[1].on', 'is used by', (d) => (d.fileSystems[1].on = 'root')],
    ['storage.fileSystems[1].on', 'There is no', (d) => (d.fileSystems[1].on = 'pair2')],
    ['storage.fileSystems[0].on', 'The image needs', (d) => (d.groups[0].volumes[0].size = GIB)],
    ['storage.fileSystems[0].label', 'is no label', (d) => (d.fileSystems[0].label = 'x'.repeat(17))],
  ])('is refused at %s: %s', (path, why, change) => {
    const text = refusal(changed(change));
    expect(text).toContain(`REQUEST_INVALID ${path}: `);
    expect(text).toContain(why);
  });

  test('needs a loader for the firmware of the machine', () => {
    expect(refusal(() => planned(customDocument('bios'), 'uefi'))).toMatch(
      /storage\.disks: .*UEFI.*use: efi/,
    );
    expect(refusal(() => planned(customDocument('uefi'), 'bios'))).toMatch(
      /storage\.disks: .*BIOS.*use: bios/,
    );
  });

  test('names the disk that is not there', () => {
    const text = refusal(changed((draft) => (draft.disks[1].select.serial = 'S-9')));
    expect(text).toMatch(/^DISK_NOT_SUITABLE storage\.disks\[1\]\.select: .*serial "S-9"/);
  });
});

test('plan and deed agree: whatever is asked of whatever disks', () => {
  const disks = fourDisks();
  const size = fc.integer({ min: 1, max: 100 }).map((gib) => gib * GIB);
  const machines = fc.record({
    sizes: fc.tuple(size, size, size, size),
    request: storageRequests(disks),
    firmware: fc.constantFrom<Firmware>('bios', 'uefi'),
    order: fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
  });
  let executed = 0;
  fc.assert(
    fc.property(machines, ({ sizes, request, firmware, order }) => {
      const sized = sizes.map((bytes, index) => ({ ...(disks[index] as (typeof disks)[0]), size: bytes }));
      const make = (present: typeof sized) =>
        plan({ inventory: inventory(present), firmware, storage: request });
      let made: ReturnType<typeof plan>;
      try {
        made = make(sized);
      } catch (error) {
        expect(['DISK_NOT_SUITABLE', 'REQUEST_INVALID']).toContain(codeOf(error));
        return;
      }
      executed += 1;
      const shuffled = order.map((index) => sized[index] as (typeof sized)[0]);
      expect(planDigest(make(shuffled))).toBe(planDigest(made));
      expect(planDigest(structuredClone(made))).toBe(planDigest(made));

      const { storage } = made;
      const ids = installIdentifiers('op-0001', storage);
      const text = installSteps(made, context())
        .filter(({ destructive }) => destructive)
        .map(({ script }) => script.text)
        .join('\n');
      const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0;
      expect(count(/^sgdisk /gm)).toBe(storage.disks.length);
      expect(count(/^mdadm --create/gm)).toBe(storage.arrays.length);
      expect(count(/vgcreate/g)).toBe(storage.groups.length);
      expect(count(/\|\| lvcreate/g)).toBe(storage.groups.flatMap(({ volumes }) => volumes).length);
      expect(count(/^mk(?:fs\.|swap)\S* /gm)).toBe(storage.fileSystems.length);
      for (const fileSystem of storage.fileSystems)
        expect(text).toContain(ids.fileSystem(fileSystem).replace(/^(....)-(....)$/, '$1$2'));
      for (const [index, { partitions, serial, size: bytes }] of storage.disks.entries()) {
        expect(text).toContain(`SERIAL="${serial}" WWN="" SIZE="${bytes}"`);
        const fixed = partitions.reduce((sum, one) => sum + (one.size === 'rest' ? 0 : one.size), 0);
        expect(fixed).toBeLessThan(bytes);
        for (const { number } of partitions) expect(text).toContain(ids.partition(index, number));
      }
      // No disk but those of the plan is named anywhere.
      const named = new Set(text.match(/SERIAL="[^"]*"/g));
      expect(named.size).toBe(storage.disks.length);
    }),
    { numRuns: 200, seed: 4 },
  );
  expect(executed).toBeGreaterThan(60);
});

describe('a plan of an earlier format', () => {
  test('that named layers alone is executed as what it said', () => {
    const made = plan();
    const kept = { ...made, format: 'deploy-plan:2', layers: ['nginx'] } as const;
    expect(upgradePlan(kept)).toEqual({ ...made, layers: [{ name: 'nginx' }] });
  });

  test('the first one, is executed as what it said, under the same identifiers', () => {
    const { storage, network, system, image, ...same } = plan({ firmware: 'uefi' });
    const [planDisk] = storage.disks;
    if (!planDisk || image.kind !== 'root') throw new Error('the example is flat');
    const { kind, ...root } = image;
    const { partitions, ...marks } = planDisk;
    const upgraded = upgradePlan({
      ...same,
      format: 'deploy-plan:1',
      layers: ['nginx'],
      image: root,
      disk: marks,
      layout: 'flat',
      partitions: partitions.map((partition) => {
        const on = storage.fileSystems.find((fileSystem) => fileSystem.on === partition.label);
        return { ...partition, ...(on && { fileSystem: on.kind, mount: on.mount }) } as never;
      }),
      network: {
        hostname: system.hostname,
        mac: planInput().bootMac,
        interfaceName: network.reach,
        address: network.address,
        cidr: planInput().subnet.cidr,
        dns: [],
      },
    });
    expect(kind).toBe('root');
    expect(upgraded.storage).toEqual(storage);
    expect(upgraded.network.address).toBe(network.address);
    const ids = installIdentifiers('op-0001', upgraded.storage);
    // What version 1 gave to the second partition of this intent.
    expect(ids.partition(0, 2)).toBe('23d7fa8c-362c-8762-aefc-9bb0237055cf');
    expect(rootOf(upgraded.storage).kind).toBe('ext4');
    expect(upgradePlan(upgraded)).toBe(upgraded);
  });
});

describe('a whole-disk image', () => {
  const file = { sha256: 'd'.repeat(64), size: GIB };
  const {
    files: _,
    kernelPackage: __,
    ...facts
  } = planInput().image as Extract<ReturnType<typeof planInput>['image'], { kind: 'root' }>;
  const image = {
    ...facts,
    kind: 'disk',
    files: { disk: file },
    raw: { sha256: 'e'.repeat(64), size: 4 * GIB },
    firmware: ['uefi'],
    cloudInit: true,
  } as const;

  test('takes one disk, and lays nothing out', () => {
    const made = plan({ image, firmware: 'uefi', inventory: inventory([disk()]) });
    expect(made.storage).toMatchObject({ layout: 'flat', disks: [{ partitions: [] }], fileSystems: [] });
    expect(describePlan(made)[2]).toBe("Partitions: the image's own");
  });

  test.each<[string, Parameters<typeof plan>[0]]>([
    ['storage.layout: ', { firmware: 'uefi', storage: { layout: 'raid1' } }],
    ['storage: ', { firmware: 'uefi', storage: { layout: 'flat', swap: GIB } }],
    ['image: ', { firmware: 'bios' }],
  ])('is refused at %s', (path, changes) => {
    expect(refusal(() => plan({ image, ...changes }))).toContain(`REQUEST_INVALID ${path}`);
  });
});
