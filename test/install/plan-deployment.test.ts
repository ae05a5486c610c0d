import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describePlan, type PlanInput, planDeployment, planDigest } from '../../install/index.ts';
import { codeOf, type Disk } from '../../model/index.ts';
import { ipv4 } from '../../net/index.ts';
import { nastyStrings } from '../fixtures/nasty-strings.ts';
import { disk, GIB, inventory, plan, planInput, publicKey } from './example.ts';

function codeFrom(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
}

describe('the disk', () => {
  const chosen = (...disks: Disk[]) => plan({ inventory: inventory(disks) }).storage.disks[0]?.serial;

  test('is the smallest solid-state one that fits', () => {
    const big = disk({ serial: 'BIG', size: 900 * GIB });
    const small = disk({ serial: 'SMALL', size: 10 * GIB });
    const rotating = disk({ serial: 'ROT', size: 5 * GIB, rotational: true });
    const tiny = disk({ serial: 'TINY', size: GIB });
    expect(chosen(big, rotating, small, tiny)).toBe('SMALL');
    expect(chosen(rotating, tiny)).toBe('ROT');
  });

  test('does not depend on the order in which the kernel found them', () => {
    const disks = [disk({ serial: 'B' }), disk({ serial: 'A' }), disk({ serial: '', wwn: 'eui.1' })];
    fc.assert(
      fc.property(fc.shuffledSubarray(disks, { minLength: 3 }), (order) => {
        expect(plan({ inventory: inventory(order) }).storage).toEqual(
          plan({ inventory: inventory(disks) }).storage,
        );
      }),
    );
  });

  test.each([
    ['read-only', [disk({ readOnly: true })]],
    ['removable', [disk({ removable: true })]],
    ['too small', [disk({ size: GIB })]],
    ['nameless among others', [disk({ serial: '' }), disk({ serial: '' })]],
    ['with a serial that cannot be compared', [disk({ serial: 'a"b' })]],
    ['missing', []],
  ])('is refused when %s', (_, disks) => {
    expect(codeFrom(() => plan({ inventory: inventory(disks) }))).toBe('DISK_NOT_SUITABLE');
  });

  test('may be nameless when it is the only one', () => {
    expect(chosen(disk({ serial: '' }))).toBe('');
  });

  test('that is not suitable is explained', () => {
    const disks = [disk({ size: GIB }), disk({ name: 'sdb', removable: true })];
    expect(() => plan({ inventory: inventory(disks) })).toThrowErrorMatchingInlineSnapshot(
      `[CodedError: The image needs a disk of at least 1.7 GiB that can be written and is not removable. There is vda (1 GiB: only 1 GiB), sdb (20 GiB: removable).]`,
    );
  });
});

describe('the plan', () => {
  test('for BIOS', () => {
    expect(describePlan(plan())).toMatchInlineSnapshot(`
      [
        "Disk: serial DISK-1, 20 GiB QEMU HARDDISK (vda when it was commissioned)",
        "Lost: vda1: ext4 "old"",
        "Partitions: BIOS, GPT, 1 bios 2 MiB, 2 root the rest ext4 at /",
        "Image: debian/12, serial 20261122, 172 MiB squashfs aaaaaaaaaaaa",
        "Kernel: the one in the image, or else package linux-image-amd64; arguments: console=tty0 console=ttyS0,115200",
        "Network: reached at 10.78.0.20 over enp0s2; DNS 10.78.0.254",
        "Interface: enp0s2 (52:54:00:78:00:10), 10.78.0.20/24, gateway 10.78.0.254",
        "System: node-1",
        "Packages: through http://10.78.0.254:3142",
        "Login: 1 SSH key",
        "Layers: nginx 1.0.0 141414141414",
        "Entered by: kexec, without a firmware start",
      ]
    `);
  });

  test('for UEFI', () => {
    expect(plan({ firmware: 'uefi' }).storage).toMatchInlineSnapshot(`
      {
        "arrays": [],
        "caches": [],
        "disks": [
          {
            "loses": [
              "vda1: ext4 "old"",
            ],
            "model": "QEMU HARDDISK",
            "name": "vda",
            "partitions": [
              {
                "label": "ESP",
                "number": 1,
                "size": 536870912,
                "typeCode": "ef00",
              },
              {
                "label": "root",
                "number": 2,
                "size": "rest",
                "typeCode": "8304",
              },
            ],
            "serial": "DISK-1",
            "size": 21474836480,
            "wwn": "",
          },
        ],
        "fileSystems": [
          {
            "kind": "vfat",
            "label": "ESP",
            "mount": "/boot/efi",
            "on": "ESP",
            "options": [],
          },
          {
            "kind": "ext4",
            "label": "root",
            "mount": "/",
            "on": "root",
            "options": [],
          },
        ],
        "groups": [],
        "layout": "flat",
        "pools": [],
      }
    `);
  });

  test('has one digest, whatever the order of its fields', () => {
    const made = plan();
    const reversed = Object.fromEntries(Object.entries(made).toReversed()) as unknown as typeof made;
    expect(planDigest(reversed)).toBe(planDigest(made));
    expect(planDigest({ ...made, enter: 'reboot' })).not.toBe(planDigest(made));
  });

  test("gives a card a name that is not the kernel's own", () => {
    const nics = [{ ...inventory().nics[0]!, name: 'eth0' }];
    expect(plan().network.reach).toBe('enp0s2');
    expect(plan({ inventory: { ...inventory(), nics } }).network.reach).toBe('net0');
  });

  test('counts a key that is named twice once', () => {
    expect(plan({ sshKeys: [publicKey('B'), publicKey('B')] }).sshKeys).toHaveLength(1);
  });

  test.each(['10.78.1.20', '10.78.0.0', '10.78.0.255'])('refuses address %s', (address) => {
    expect(codeFrom(() => plan({ address: ipv4(address) }))).toBe('REQUEST_INVALID');
  });
});

type RootOnly = Extract<PlanInput['image'], { kind: 'root' }>;

describe('no nasty string gets into a plan', () => {
  const input = planInput();
  const harmless = /^[A-Za-z0-9_.,:=/@%+-]+$/;
  test.each([
    ['host name', (value: string) => planDeployment({ ...input, machineName: value })],
    ['kernel argument', (value: string) => planDeployment({ ...input, kernelArguments: [value] })],
    [
      'kernel package',
      (value: string) =>
        planDeployment({ ...input, image: { ...(input.image as RootOnly), kernelPackage: value } }),
    ],
    ['system', (value: string) => planDeployment({ ...input, image: { ...input.image, os: value } })],
    [
      'package proxy',
      (value: string) => planDeployment({ ...input, subnet: { ...input.subnet, packageProxy: value } }),
    ],
    ['SSH key', (value: string) => planDeployment({ ...input, sshKeys: [value] })],
  ])('%s', (_, act) => {
    for (const value of nastyStrings.filter((text) => !harmless.test(text))) {
      expect(
        codeFrom(() => act(value)),
        JSON.stringify(value),
      ).toBe('REQUEST_INVALID');
    }
  });

  test.each(['root=/dev/sda', 'init=/bin/sh', 'rw', 'initrd=x', 'systemd.unit=rescue.target'])(
    "kernel argument %s is the installer's own",
    (argument) => {
      expect(codeFrom(() => plan({ kernelArguments: [argument] }))).toBe('REQUEST_INVALID');
    },
  );

  test('SSH keys with options before them are refused', () => {
    const line = `command="sh" ${publicKey('B')}`;
    expect(codeFrom(() => plan({ sshKeys: [line] }))).toBe('REQUEST_INVALID');
  });
});
