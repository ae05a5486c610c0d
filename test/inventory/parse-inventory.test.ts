import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { identityOf, parseInventory, withNeighbours } from '../../inventory/index.ts';
import { codeOf } from '../../model/index.ts';
import { nastyStrings } from '../fixtures/nasty-strings.ts';

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
/** Output of a real machine: QEMU, UEFI, installed before. */
const qemu = fixture('qemu-uefi.txt');

function replaceSection(name: string, text: string): string {
  return qemu.replace(
    new RegExp(`(@@rackwright ${name}\n)[^]*?(?=\n@@rackwright )`),
    (_, head) => `${head}${text}\n`,
  );
}

function codeFrom(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return codeOf(error) ?? String(error);
  }
}

const disks = (list: readonly object[]) => replaceSection('disks', JSON.stringify({ blockdevices: list }));
const oneDisk = { name: 'sda', size: 1_000_000, type: 'disk', serial: 'S', rota: true, ro: false, rm: false };
const card = (name: string, mac: string, rest = '1\t1000\tigb') => `${name}\t${mac}\t${rest}`;

test('a real machine', () => {
  expect(parseInventory(qemu)).toMatchInlineSnapshot(`
    {
      "cpu": {
        "arch": "amd64",
        "cores": 2,
        "model": "QEMU Virtual CPU version 2.5+",
        "sockets": 1,
        "threads": 2,
      },
      "disks": [
        {
          "holds": [
            "vda1: vfat "ESP"",
            "vda2: ext4 "root"",
          ],
          "model": "",
          "name": "vda",
          "readOnly": false,
          "removable": false,
          "rotational": true,
          "serial": "DISK-u1",
          "size": 8589934592,
          "transport": "",
          "wwn": "",
        },
      ],
      "firmware": {
        "date": "02/06/2015",
        "mode": "uefi",
        "vendor": "EFI Development Kit II / OVMF",
        "version": "0.0.0",
      },
      "format": "inventory:2",
      "gpus": [],
      "memory": {
        "bytes": 3221225472,
        "modules": [
          {
            "bytes": 3221225472,
            "kind": "RAM",
            "slot": "DIMM 0",
            "vendor": "QEMU",
          },
        ],
      },
      "nics": [
        {
          "driver": "virtio_net",
          "link": true,
          "mac": "52:54:00:78:00:10",
          "name": "eth0",
        },
      ],
      "numa": [],
      "pci": [],
      "system": {
        "product": "Standard PC (Q35 + ICH9, 2009)",
        "serial": "SNu1",
        "uuid": "5c0f0000-0000-4000-8000-000000000010",
        "vendor": "Rackwright",
      },
      "usb": [],
    }
  `);
});

test('its identity', () => {
  expect(identityOf(parseInventory(qemu))).toEqual({
    uuid: '5c0f0000-0000-4000-8000-000000000010',
    serial: 'SNu1',
    macs: ['52:54:00:78:00:10'],
  });
});

test('its BMC, found elsewhere, is part of it', () => {
  const bmc = { kind: 'ipmi', address: '10.78.0.11', mac: '', firmware: '9.8' } as const;
  expect(parseInventory(qemu, bmc).bmc).toEqual(bmc);
});

describe('neighbours', () => {
  test('stand beside their cards', () => {
    expect(withNeighbours(parseInventory(qemu), fixture('neighbours.txt')).nics[0]?.neighbour).toEqual({
      system: 'rack-switch',
      port: 'swp10',
      description: 'node-1',
    });
  });
  test.each([
    '',
    '\n@@rackwright neighbours\n\n@@rackwright end\n',
    '\n@@rackwright neighbours\n{"lldp":[{}]}\n',
  ])('may be missing', (output) => {
    expect(withNeighbours(parseInventory(qemu), output)).toEqual(parseInventory(qemu));
  });
});

describe('disks', () => {
  const names = (list: readonly object[]) => parseInventory(disks(list)).disks.map(({ name }) => name);

  test('are what can be installed to: no loops, memory disks or drives for media', () => {
    const others = ['loop0', 'zram0', 'ram0', 'nbd0'].map((name) => ({ ...oneDisk, name }));
    expect(
      names([...others, { ...oneDisk, name: 'sr0', type: 'rom' }, { ...oneDisk, name: 'nvme0n1' }]),
    ).toEqual(['nvme0n1']);
  });
  test('leave out the one that the running system is on', () => {
    const children = [{ ...oneDisk, name: 'sda1', type: 'part', mountpoint: '/run/live' }];
    const swap = [{ ...oneDisk, name: 'sdb1', type: 'part', mountpoint: '[SWAP]', fstype: 'swap' }];
    expect(
      names([
        { ...oneDisk, children },
        { ...oneDisk, name: 'sdb', children: swap },
      ]),
    ).toEqual(['sdb']);
  });
  test('are understood from an old lsblk, which writes everything as text', () => {
    const old = { ...oneDisk, size: '1000', rota: '1', ro: '0', rm: '0', serial: null };
    expect(parseInventory(disks([old])).disks[0]).toMatchObject({ size: 1000, rotational: true, serial: '' });
  });
});

describe('cards', () => {
  const nics = (...rows: string[]) => parseInventory(replaceSection('nics', rows.join('\n'))).nics;
  test('without an Ethernet address are left out', () => {
    const infiniband = card('ib0', '80:00:00:48:fe:80:00:00:00:00:00:00:00:02:c9:03:00:00:00:01');
    expect(
      nics(infiniband, card('zero', '00:00:00:00:00:00'), card('eno1', '52:54:00:00:00:01')),
    ).toHaveLength(1);
  });
  test.each(['-1', '4294967295', '', 'x'])('say no speed when the kernel says %j', (speed) => {
    expect(nics(card('eno1', '52:54:00:00:00:01', `\t${speed}\tigb`))[0]).toEqual({
      name: 'eno1',
      mac: '52:54:00:00:00:01',
      link: false,
      driver: 'igb',
    });
  });
});

test('cores and sockets of two processors with two threads a core', () => {
  const threads = [0, 1, 2, 3, 4, 5, 6, 7].map(
    (n) => `processor\t: ${n}\nmodel name\t: X\nphysical id\t: ${n >> 2}\ncore id\t\t: ${n & 1}\n`,
  );
  expect(parseInventory(replaceSection('cpu', threads.join('\n'))).cpu).toMatchObject({
    sockets: 2,
    cores: 4,
    threads: 8,
  });
});

test('empty memory slots hold nothing', () => {
  const device = (size: string) => `Memory Device\n\tSize: ${size}\n\tLocator: A1\n\tType: DDR5\n\n`;
  const text = device('No Module Installed') + device('32 GB') + device('32768 MB');
  expect(parseInventory(replaceSection('memory-modules', text)).memory).toEqual({
    bytes: 64 * 1024 ** 3,
    modules: [
      { slot: 'A1', bytes: 32 * 1024 ** 3, kind: 'DDR5' },
      { slot: 'A1', bytes: 32 * 1024 ** 3, kind: 'DDR5' },
    ],
  });
});

describe('hostile output: the limit passes, one more is refused', () => {
  const many = (count: number) => Array.from({ length: count }, (_, n) => n);
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  const macs = (count: number) =>
    many(count)
      .map((n) => card(`eth${n}`, `52:54:00:00:00:${n.toString(16).padStart(2, '0')}`))
      .join('\n');
  test.each([
    ['64 cards', () => replaceSection('nics', macs(64)), undefined],
    ['65 cards', () => replaceSection('nics', macs(65)), 'REMOTE_OUTPUT_REFUSED'],
    ['512 disks', () => disks(many(512).map((n) => ({ ...oneDisk, name: `sd${n}` }))), undefined],
    [
      '513 disks',
      () => disks(many(513).map((n) => ({ ...oneDisk, name: `sd${n}` }))),
      'REMOTE_OUTPUT_REFUSED',
    ],
    ['1 KiB of serial', () => disks([{ ...oneDisk, serial: 'x'.repeat(1024) }]), undefined],
    ['1 KiB + 1 of serial', () => disks([{ ...oneDisk, serial: 'x'.repeat(1025) }]), 'REMOTE_OUTPUT_REFUSED'],
    ['depth 25', () => replaceSection('disks', `{"blockdevices":[],"x":${nested(24)}}`), undefined],
    [
      'depth 26',
      () => replaceSection('disks', `{"blockdevices":[],"x":${nested(25)}}`),
      'REMOTE_OUTPUT_REFUSED',
    ],
    ['depth 10⁶', () => replaceSection('disks', '['.repeat(1_000_000)), 'REMOTE_OUTPUT_REFUSED'],
    ['16 MiB', () => qemu + 'x'.repeat(16 * 1024 ** 2 - Buffer.byteLength(qemu)), undefined],
    [
      '16 MiB + 1',
      () => qemu + 'x'.repeat(16 * 1024 ** 2 - Buffer.byteLength(qemu) + 1),
      'REMOTE_OUTPUT_REFUSED',
    ],
    ['a cut output', () => qemu.slice(0, qemu.indexOf('@@rackwright end')), 'INVENTORY_INVALID'],
    ['no system', () => qemu.replace('@@rackwright system', '@@rackwright sistem'), 'INVENTORY_INVALID'],
    ['another architecture', () => qemu.replace('machine=x86_64', 'machine=vax'), 'INVENTORY_INVALID'],
    ['a disk of no size', () => disks([{ ...oneDisk, size: 'big' }]), 'INVENTORY_INVALID'],
    ['a negative disk', () => disks([{ ...oneDisk, size: -1 }]), 'INVENTORY_INVALID'],
    ['no JSON', () => replaceSection('disks', '{"blockdevices":'), 'INVENTORY_INVALID'],
    ['half a card', () => replaceSection('nics', 'eth0\t52:54:00:00:00:01'), 'INVENTORY_INVALID'],
  ])('%s', (_, output, code) => {
    expect(codeFrom(() => parseInventory(output()))).toBe(code);
  });

  test('names the field', () => {
    expect(() => parseInventory(disks([{ ...oneDisk, size: 'big' }]))).toThrow(
      /disks\.blockdevices\.0\.size/,
    );
  });

  test('no control character gets through', () => {
    for (const text of nastyStrings.filter((one) => Buffer.byteLength(one) <= 1024)) {
      const [found] = parseInventory(disks([{ ...oneDisk, serial: text, model: text, fstype: text }])).disks;
      expect([found?.serial, found?.model, ...(found?.holds ?? [])].join('')).not.toMatch(
        /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u,
      );
    }
  });

  test('whatever it is, it is understood or refused with a code', () => {
    const pieces = fc.oneof(
      fc.string(),
      fc.constantFrom('\n@@rackwright disks\n', '{', '[', '"', '\t', '\0', '9'.repeat(40)),
    );
    const at = fc.nat(qemu.length);
    fc.assert(
      fc.property(at, fc.nat(40), fc.array(pieces, { maxLength: 6 }), (start, gone, put) => {
        const code = codeFrom(() =>
          parseInventory(qemu.slice(0, start) + put.join('') + qemu.slice(start + gone)),
        );
        expect([undefined, 'REMOTE_OUTPUT_REFUSED', 'INVENTORY_INVALID']).toContain(code);
      }),
      { numRuns: 300 },
    );
  });
});
