import { describe, expect, test } from 'vitest';
import { qemuArguments } from '../../lab/rack/qemu.ts';

const spec = {
  name: 'r1-u1',
  firmware: 'uefi',
  diskBytes: 8 * 1024 ** 3,
  memoryMiB: 2048,
  cpus: 2,
  mac: '52:54:00:78:00:10',
  uuid: '5c0f0000-0000-4000-8000-000000000001',
  serial: 'RW0001',
} as const;
const wiring = {
  tap: 'tap0',
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

  test('identity is in SMBIOS and DHCP alike', () => {
    const args = joined(spec, wiring);
    expect(args).toContain(`-uuid ${spec.uuid}`);
    expect(args).toContain('serial=RW0001');
  });
});
