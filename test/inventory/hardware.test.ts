import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseInventory } from '../../inventory/index.ts';
import { codeOf, type Inventory, upgradeInventory } from '../../model/index.ts';

/** In the shapes that the manuals of the tools describe: two sockets, SAS, SATA and NVMe disks, a GPU, a BMC on USB. */
const server = readFileSync(new URL('fixtures/two-sockets.txt', import.meta.url), 'utf8');
const qemu = readFileSync(new URL('fixtures/qemu-uefi.txt', import.meta.url), 'utf8');
const found = parseInventory(server);

function replaceSection(name: string, text: string): string {
  const replaced = server.replace(
    new RegExp(`(@@rackwright ${name}\n)[^]*?(?=\n@@rackwright )`),
    (_, head) => `${head}${text}\n`,
  );
  if (replaced === server) throw new Error(`no section ${name}`);
  return replaced;
}

function codeFrom(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return codeOf(error) ?? String(error);
  }
}

describe('a server with two sockets', () => {
  test('firmware, board, chassis, TPM', () => {
    expect(found.firmware).toMatchObject({ mode: 'uefi', version: '2.19.1', secureBoot: 'on' });
    // A version of "Not Specified" says nothing.
    expect(found.system).toEqual({
      vendor: 'Example Computers',
      product: 'Rack 740',
      serial: '7XK3M2',
      uuid: '4c4c4544-0058-4b10-8033-b7c04f334d32',
    });
    expect(found.board).toMatchObject({ product: '0WGD1A', version: 'A02' });
    expect(found.chassis).toEqual({ vendor: 'Example Computers', kind: 23, serial: '7XK3M2' });
    expect(found.tpm).toEqual({ version: '2.0' });
    expect(found.modalias).toContain('svnExampleComputers');
  });

  test('processors and their memory', () => {
    expect(found.cpu).toMatchObject({ sockets: 2, cores: 2, threads: 4 });
    expect(found.cpu.flags).toEqual(['aes', 'avx', 'avx2', 'avx512f', 'lm', 'nx', 'vmx']);
    expect(found.numa).toEqual([
      { id: 0, cpus: '0,2', bytes: 65_640_832 * 1024 },
      { id: 1, cpus: '1,3', bytes: 66_043_904 * 1024 },
    ]);
    expect(found.memory.modules).toEqual([
      {
        slot: 'A1',
        bytes: 64 * 1024 ** 3,
        kind: 'DDR4',
        speed: 2933,
        vendor: 'Samsung',
        serial: '36B1F2C0',
        part: 'M393A8G40BB4-CWE',
      },
      { slot: 'B1', bytes: 64 * 1024 ** 3, kind: 'DDR4', speed: 3200 },
    ]);
  });

  test('disks say where they are, how they are, and how worn', () => {
    const disk = (name: string) => found.disks.find((one) => one.name === name);
    expect(disk('sda')).toMatchObject({
      path: 'pci-0000:18:00.0-scsi-0:0:0:0',
      firmware: 'A1',
      sector: 4096,
      rotation: 7200,
      health: {
        verdict: 'passed',
        temperature: 31,
        hoursOn: 20_011,
        reallocatedSectors: 8,
        pendingSectors: 0,
      },
    });
    expect(disk('sdb')).toMatchObject({ sector: 512, rotation: 5400, health: { verdict: 'failing' } });
    expect(disk('nvme0n1')).toMatchObject({
      path: 'pci-0000:5e:00.0-nvme-1',
      firmware: 'GDC5602Q',
      health: { verdict: 'passed', temperature: 36, hoursOn: 11_213, worn: 3, mediaErrors: 0 },
    });
    // By nvme-cli, which tells Kelvin: a warning bit is a failure, whatever else is said.
    expect(disk('nvme1n1')?.health).toEqual({
      verdict: 'failing',
      temperature: 38,
      hoursOn: 40_000,
      worn: 101,
      mediaErrors: 12,
    });
  });

  test('cards, PCI, GPUs and USB', () => {
    expect(found.nics[0]).toMatchObject({ pci: '0000:3b:00.0', firmware: '9.20 0x8000d95e 1.3353.0' });
    expect(found.nics[1]).not.toHaveProperty('pci');
    expect(found.pci).toHaveLength(4);
    expect(found.pci[0]).toMatchObject({
      class: '0200',
      vendorId: '8086',
      deviceId: '158b',
      vendor: 'Intel Corporation',
      device: 'Ethernet Controller XXV710 for 25GbE SFP28',
      driver: 'i40e',
    });
    // Without a name in the list of the machine, the numbers are enough.
    expect(found.pci[1]).toMatchObject({ vendor: '', device: '', driver: 'nvme' });
    expect(found.gpus).toEqual([
      { address: '0000:af:00.0', name: 'NVIDIA Corporation GA100 [A100 PCIe 80GB]' },
      { address: '0000:03:00.0', name: 'Matrox Electronics Systems Ltd.' },
    ]);
    expect(
      found.usb.map(({ vendorId, productId, product }) => `${vendorId}:${productId} ${product}`),
    ).toEqual(['0624:0248 Keyboard/Mouse', '413c:a102 iDRAC Virtual NIC']);
  });
});

test('a machine without DMI, NUMA, USB and tools is a machine', () => {
  const bare = server
    .replace(/^(?:sys_|product_|bios_|board_|chassis_|modalias|secure_boot|tpm)[^\n]*\n/gm, '')
    .replace(
      /@@rackwright (numa|pci|pci-names|usb|disk-health|disk-paths|nic-details)\n[^]*?\n(?=@@rackwright )/g,
      '',
    );
  const inventory = parseInventory(bare);
  expect(inventory).toMatchObject({ numa: [], pci: [], usb: [], gpus: [] });
  expect(inventory).not.toHaveProperty('board');
  expect(inventory).not.toHaveProperty('tpm');
  expect(inventory.firmware).not.toHaveProperty('secureBoot');
  expect(inventory.disks).toHaveLength(4);
  expect(inventory.disks[0]).not.toHaveProperty('health');
});

test('a document of the first format is read as one of the second', () => {
  const { numa: _numa, pci: _pci, usb: _usb, gpus: _gpus, ...rest } = parseInventory(qemu);
  const old = { ...rest, format: 'inventory:1' } as const;
  expect(upgradeInventory(old)).toEqual(parseInventory(qemu));
  expect(upgradeInventory(found)).toBe(found);
});

describe('hostile: the limit passes, one more is refused', () => {
  const lines = (count: number, line: (n: number) => string) =>
    Array.from({ length: count }, (_, n) => line(n)).join('\n');
  const slot = (n: number) =>
    `0000:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}.0\t0x020000\t0x8086\t0x158b\t\t`;
  test.each([
    ['4,096 PCI devices', () => replaceSection('pci', lines(4096, slot)), undefined],
    ['4,097 PCI devices', () => replaceSection('pci', lines(4097, slot)), 'REMOTE_OUTPUT_REFUSED'],
    [
      '1,024 USB devices',
      () =>
        replaceSection(
          'usb',
          lines(1024, () => '0624\t0248\t\t\t\t'),
        ),
      undefined,
    ],
    [
      '1,025 USB devices',
      () =>
        replaceSection(
          'usb',
          lines(1025, () => 'x'),
        ),
      'REMOTE_OUTPUT_REFUSED',
    ],
    [
      '1 KiB + 1 of USB name',
      () => replaceSection('usb', `0624\t0248\t${'x'.repeat(1025)}\t\t\t`),
      'REMOTE_OUTPUT_REFUSED',
    ],
    [
      'health, nested 26 deep',
      () => replaceSection('disk-health', `@disk sda\n${'['.repeat(26)}${']'.repeat(26)}`),
      'REMOTE_OUTPUT_REFUSED',
    ],
  ])('%s', (_, output, code) => {
    expect(codeFrom(() => parseInventory(output()))).toBe(code);
  });

  test('PCI lines of another form are left out', () => {
    const odd = ['', 'x', '0000:00:01.0\t\t\t\t\t', `0000:00:01.0\t0x02\t0x1\t0x1\t\t`, slot(1)].join('\n');
    expect(parseInventory(replaceSection('pci', odd)).pci).toHaveLength(1);
  });

  test('no control character gets through any new field, and whatever it is, it has an end', () => {
    const sections = [
      'numa',
      'pci',
      'pci-names',
      'usb',
      'disk-health',
      'disk-paths',
      'nic-details',
      'system',
    ];
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom(
        '\t',
        '\n',
        '@disk sda\n{',
        '"',
        '0624\t0248\t\x1b[31m\u202e\t',
        'Memory Device\n\tSize: 1 GB\n',
      ),
    );
    fc.assert(
      fc.property(fc.constantFrom(...sections), fc.array(text, { maxLength: 8 }), (name, put) => {
        let inventory: Inventory;
        try {
          inventory = parseInventory(replaceSection(name, put.join('')));
        } catch (error) {
          expect(['REMOTE_OUTPUT_REFUSED', 'INVENTORY_INVALID']).toContain(codeOf(error) ?? String(error));
          return;
        }
        const { pci, usb, numa, board, disks, nics } = inventory;
        for (const said of strings({ pci, usb, numa, board, disks, nics }))
          expect(said).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: 400 },
    );
  });
});

function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(strings) : [];
}
