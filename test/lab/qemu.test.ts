import { describe, expect, test } from 'vitest';
import { qemuArguments } from '../../lab/rack/qemu.ts';

const spec = {
  name: 'r1-u1',
  firmware: 'uefi',
  disks: [{ bus: 'virtio', bytes: 8 * 1024 ** 3 }],
  memoryMiB: 2048,
  cpus: 2,
  macs: ['52:54:00:78:00:10'],
  uuid: '5c0f0000-0000-4000-8000-000000000001',
  serial: 'RW0001',
} as const;
const wiring = {
  taps: ['tap0-0'],
  bmcAddress: '10.78.0.11',
  accelerator: 'tcg',
  ovmfCode: '/firmware/code.fd',
  first: 'network',
} as const;
const joined = (...args: Parameters<typeof qemuArguments>) => qemuArguments(...args).join(' ');

describe('QEMU’s arguments', () => {
  test('are words without line ends, because the start hook reads one a line', () => {
    for (const word of qemuArguments(spec, wiring)) expect(word).not.toMatch(/\n/);
  });

  test('a UEFI machine has firmware, variables of its own and no iPXE in its card', () => {
    const args = joined(spec, wiring);
    expect(args).toContain('readonly=on,file=/firmware/code.fd');
    expect(args).toContain('file=vars.fd');
    expect(args).toContain(',romfile=');
  });

  test('a BIOS machine has the card’s own iPXE', () => {
    const args = joined({ ...spec, firmware: 'bios' }, wiring);
    expect(args).not.toContain('pflash');
    expect(args).not.toContain('romfile');
  });

  test('network first, unless the BMC was told the disk', () => {
    const order = (first: 'network' | 'disk') =>
      [...joined(spec, { ...wiring, first }).matchAll(/bootindex=(\d)/g)].map((match) => Number(match[1]));
    const [network = 0, disk = 0] = order('network');
    expect(network).toBeLessThan(disk);
    const [networkThen = 0, diskThen = 0] = order('disk');
    expect(diskThen).toBeLessThan(networkThen);
  });

  test('every card has its tap, and the first alone is booted over', () => {
    const args = joined(
      { ...spec, macs: ['52:54:00:78:00:10', '52:54:00:78:01:10'] },
      { ...wiring, taps: ['tap0-0', 'tap0-1'] },
    );
    expect(args).toMatch(/ifname=tap0-0\b.*mac=52:54:00:78:00:10,bootindex=1\b/);
    expect(args).toMatch(/ifname=tap0-1\b.*mac=52:54:00:78:01:10,romfile=/);
  });

  test('disks have serials by their number, and keep them when another is pulled', () => {
    const disks = (['virtio', 'nvme', 'scsi'] as const).map((bus) => ({ bus, bytes: 1024 ** 3 }));
    const serials = (pulled: readonly number[]) =>
      [
        ...joined({ ...spec, disks }, { ...wiring, pulled: new Set(pulled) }).matchAll(
          /drive=disk\d,serial=(\S+?),/g,
        ),
      ].map(([, serial]) => serial);
    expect(serials([])).toEqual(['RW0001-0', 'RW0001-1', 'RW0001-2']);
    expect(serials([0])).toEqual(['RW0001-1', 'RW0001-2']);
    expect(joined({ ...spec, disks }, wiring)).toMatch(
      /virtio-scsi-pci,id=scsi0.*nvme,id=blk1.*scsi-hd,bus=scsi0\.0/,
    );
  });

  test('identity is in SMBIOS and DHCP alike', () => {
    const args = joined(spec, wiring);
    expect(args).toContain(`-uuid ${spec.uuid}`);
    expect(args).toContain('serial=RW0001');
  });
});
