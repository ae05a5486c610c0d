import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { hostFactsScript, parseHostFacts } from '../../inventory/index.ts';
import { codeOf } from '../../model/index.ts';

interface Said {
  readonly system?: readonly string[];
  readonly nics?: readonly string[];
  readonly release?: readonly string[];
  readonly end?: string;
}

const machineId = '0123456789abcdef0123456789abcdef';
const system = [
  'machine=x86_64',
  'mode=uefi',
  'container=none',
  'product_uuid=4C4C4544-0031-3010-8052-B4C04F4A3732',
  'product_serial=J10R7J2',
  `machine_id=${machineId}`,
];
const release = ['PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"', 'ID=debian', 'VERSION_ID="12"'];

/** What the script prints on a machine, with what is said otherwise. */
function output(said: Said = {}): string {
  const section = (name: string, rows: readonly string[]) => `\n@@rackwright ${name}\n${rows.join('\n')}\n`;
  return [
    section('system', said.system ?? system),
    section('nics', said.nics ?? ['52:54:00:00:00:02', '52:54:00:00:00:01']),
    section('os-release', said.release ?? release),
    said.end ?? section('end', []),
  ].join('');
}
const changed = (...rows: readonly string[]) =>
  system.map((row) => rows.find((other) => other.split('=')[0] === row.split('=')[0]) ?? row);

test('a server is what its firmware says', () => {
  expect(parseHostFacts(output())).toEqual({
    system: 'debian/12',
    arch: 'amd64',
    firmware: 'uefi',
    identity: {
      uuid: '4c4c4544-0031-3010-8052-b4c04f4a3732',
      serial: 'J10R7J2',
      macs: ['52:54:00:00:00:01', '52:54:00:00:00:02'],
    },
  });
});

test('a container is what its machine-id says, whatever its host is', () => {
  const said = { system: changed('container=systemd-nspawn', 'mode=bios'), nics: ['fa:87:01:02:03:04'] };
  expect(parseHostFacts(output(said))).toMatchObject({
    firmware: 'bios',
    identity: {
      uuid: '01234567-89ab-cdef-0123-456789abcdef',
      serial: `container-${machineId}`,
      macs: ['fa:87:01:02:03:04'],
    },
  });
});

test.each([
  [['ID=ubuntu', 'VERSION_ID="24.04"'], 'ubuntu/24.04'],
  [["ID='debian'", "VERSION_ID='13'"], 'debian/13'],
  [['ID="opensuse-leap"', 'VERSION_ID="15.6"'], 'opensuse-leap/15.6'],
  [['ID=fedora', 'VERSION_ID=42'], 'fedora/42'],
])('%j is %s', (rows, name) => {
  expect(parseHostFacts(output({ release: rows })).system).toBe(name);
});

test('a machine whose firmware says nothing is told apart by its cards', () => {
  const said = { system: changed('product_uuid=', 'product_serial=') };
  expect(parseHostFacts(output(said)).identity).toEqual({
    uuid: '00000000-0000-0000-0000-000000000000',
    serial: '',
    macs: ['52:54:00:00:00:01', '52:54:00:00:00:02'],
  });
});

describe('what cannot be understood is refused and named', () => {
  test.each<[string, Said]>([
    ['end', { end: '' }],
    ['mode', { system: changed('mode=openfirmware') }],
    ['machine', { system: changed('machine=riscv64') }],
    ['machine_id', { system: changed('container=docker', 'machine_id=uninitialized') }],
    ['machine_id', { system: changed('container=lxc', 'machine_id=') }],
    ['nics', { nics: [] }],
    ['nics', { nics: ['00:00:00:00:00:00', 'eth0', ''] }],
    ['os-release', { release: ['ID=arch'] }],
    ['os-release', { release: ['ID=debian', 'VERSION_ID=../../etc'] }],
    ['os-release', { release: ['ID=debian', `VERSION_ID="12'`] }],
    ['os-release', { release: ['ID=Debian', 'VERSION_ID=12'] }],
  ])('%s of %j', (field, said) => {
    expect(() => parseHostFacts(output(said))).toThrow(
      expect.objectContaining({ code: 'INVENTORY_INVALID', details: { field } }),
    );
  });

  test.each<[string, Said]>([
    ['a serial without an end', { system: changed(`product_serial=${'x'.repeat(2_000)}`) }],
    ['cards without number', { nics: Array.from({ length: 65 }, () => '52:54:00:00:00:01') }],
  ])('%s', (_what, said) => {
    expect(() => parseHostFacts(output(said))).toThrow(
      expect.objectContaining({ code: 'REMOTE_OUTPUT_REFUSED' }),
    );
  });

  test('a file of the system cannot stand in for what came before it', () => {
    const forged = [
      ...release,
      '',
      '@@rackwright system',
      'mode=bios',
      '@@rackwright nics',
      '52:54:00:00:00:09',
    ];
    expect(parseHostFacts(output({ release: forged }))).toEqual(parseHostFacts(output()));
  });
});

test.skipIf(process.platform !== 'linux')(
  'what this very computer says is understood, or refused by name',
  () => {
    const { status, stdout } = spawnSync('sh', ['-eu'], { input: hostFactsScript().text, encoding: 'utf8' });
    expect(status).toBe(0);
    try {
      expect(parseHostFacts(stdout).system).toMatch(/^[a-z].*\/.+/);
    } catch (error) {
      // A container may have no machine-id, or no card.
      expect(codeOf(error)).toBe('INVENTORY_INVALID');
    }
  },
);
