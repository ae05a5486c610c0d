import type { BootImage, BootRecord, Inventory, MachineRecord, Operation } from '../../model/index.ts';
import { ipv4, type Mac, parseMac } from '../../net/index.ts';

/** Records of one machine in the middle of its life, as its workflow would have written them. */

const at = '2026-11-22T10:00:00.000Z';
export const hostKey = `ssh-ed25519 ${'A'.repeat(68)}`;

export function machine(id: string, values: Partial<MachineRecord> = {}): MachineRecord {
  return {
    id,
    version: 1,
    name: id,
    site: 'lab',
    state: 'Ready',
    identity: { uuid: `uuid-${id}`, serial: `serial-${id}`, macs: [macOf(id)] },
    firmware: 'uefi',
    arch: 'amd64',
    power: {
      driver: 'ipmi',
      address: ipv4('10.78.1.2'),
      port: 623,
      username: 'admin',
      passwordSecret: `bmc-${id}`,
      cipherSuite: 17,
    },
    observedPower: { state: 'on', at },
    layers: [],
    createdAt: at,
    updatedAt: at,
    ...values,
  };
}

export function macOf(id: string): Mac {
  const number = Buffer.from(id).reduce((sum, octet) => (sum * 31 + octet) % 0xff_ffff, 7);
  return parseMac(`525400${number.toString(16).padStart(6, '0')}`) as Mac;
}

export function operation(id: string, values: Partial<Operation> = {}): Operation {
  const [machineId = '', kind] = id.split('/');
  return {
    id,
    machineId,
    kind: kind as Operation['kind'],
    version: 1,
    state: 'running',
    summary: `${kind} debian/12`,
    steps: [
      { name: 'power on', state: 'done', startedAt: at, endedAt: '2026-11-22T10:00:08.000Z' },
      {
        name: 'wait for hello',
        state: 'running',
        startedAt: '2026-11-22T10:00:08.000Z',
        waitingFor: 'r1-u1 to say hello',
        deadline: '2026-11-22T10:10:08.000Z',
      },
    ],
    startedAt: at,
    ...values,
  };
}

export function boot(id: string, machineId: string, values: Partial<BootRecord> = {}): BootRecord {
  return {
    id,
    machineId,
    mac: macOf(machineId),
    address: ipv4('10.78.0.100'),
    purpose: 'commission',
    image: 'debian/12',
    tokenHash: 'ab'.repeat(32),
    signs: {},
    openedAt: at,
    expiresAt: '2026-11-22T10:15:00.000Z',
    ...values,
  };
}

export const inventory: Inventory = {
  format: 'inventory:2',
  numa: [],
  pci: [],
  usb: [],
  gpus: [],
  firmware: { mode: 'uefi', vendor: 'EDK II', version: '2024.02', date: '01/01/2026' },
  system: { vendor: 'QEMU', product: 'Standard PC', serial: 's-1', uuid: 'u-1' },
  cpu: { arch: 'amd64', model: 'EPYC', sockets: 2, cores: 32, threads: 64 },
  memory: { bytes: 512 * 2 ** 30, modules: [] },
  disks: [
    {
      name: 'vda',
      serial: 'd-1',
      wwn: '',
      model: 'Virtual disk',
      size: 8 * 2 ** 30,
      rotational: false,
      readOnly: false,
      removable: false,
      transport: 'virtio',
      holds: ['ext4 root'],
    },
  ],
  nics: [
    {
      name: 'ens3',
      mac: macOf('m-1'),
      link: true,
      speed: 10_000,
      driver: 'virtio_net',
      neighbour: { system: 'leaf-1', port: 'swp7', description: '' },
    },
  ],
};

export const image: BootImage = {
  kind: 'root',
  name: 'debian/12',
  os: 'debian',
  version: '12',
  codename: 'bookworm',
  title: 'Debian 12',
  arch: 'amd64',
  kernel: 'ga-12',
  flavour: 'generic',
  serial: '20261101',
  files: {
    'boot-kernel': { sha256: '01'.repeat(32), size: 8_000_000 },
    'boot-initrd': { sha256: '02'.repeat(32), size: 30_000_000 },
    squashfs: { sha256: '03'.repeat(32), size: 250_000_000 },
  },
  kernelPackage: 'linux-image-amd64',
  stream: 'http://127.0.0.1/stream',
  syncedAt: at,
};
