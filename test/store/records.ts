import type {
  BootRecord,
  DeployPlan,
  Inventory,
  MachineRecord,
  Operation,
  Subnet,
} from '../../model/index.ts';
import { cidr, ipv4, type Mac, macFromBytes } from '../../net/index.ts';

const at = '2026-11-22T10:00:00.000Z';

export function mac(number: number): Mac {
  return macFromBytes(Uint8Array.of(0x52, 0x54, 0, number >> 16, (number >> 8) & 255, number & 255));
}

export function machine(id: string, values: Partial<MachineRecord> = {}): MachineRecord {
  return {
    id,
    version: 1,
    name: `name-${id}`,
    site: 'lab',
    state: 'New',
    identity: { uuid: `uuid-${id}`, serial: `serial-${id}`, macs: [] },
    firmware: 'uefi',
    arch: 'amd64',
    power: { driver: 'manual' },
    observedPower: { state: 'unknown', at },
    layers: [],
    createdAt: at,
    updatedAt: at,
    ...values,
  };
}

export function operation(id: string, values: Partial<Operation> = {}): Operation {
  return {
    id,
    machineId: id.split('/')[0] as string,
    kind: 'deploy',
    version: 1,
    state: 'running',
    summary: 'deploy debian/12',
    steps: [],
    startedAt: at,
    ...values,
  };
}

export function boot(id: string, values: Partial<BootRecord> = {}): BootRecord {
  return {
    id,
    mac: mac(1),
    purpose: 'commission',
    image: 'ubuntu/24.04',
    signs: {},
    openedAt: at,
    expiresAt: '2026-11-22T10:15:00.000Z',
    ...values,
  };
}

export function subnet(name: string, values: Partial<Subnet> = {}): Subnet {
  return {
    name,
    site: 'lab',
    cidr: cidr('10.78.0.0/24'),
    serverAddress: ipv4('10.78.0.1'),
    gateway: ipv4('10.78.0.254'),
    dns: [],
    dynamic: { first: ipv4('10.78.0.100'), last: ipv4('10.78.0.199') },
    static: { first: ipv4('10.78.0.10'), last: ipv4('10.78.0.19') },
    discovery: 'on',
    ephemeralImage: 'ubuntu/24.04',
    ...values,
  };
}

export const inventory: Inventory = {
  format: 'inventory:2',
  numa: [],
  pci: [],
  usb: [],
  gpus: [],
  firmware: { mode: 'uefi', vendor: 'EDK II', version: '1', date: '01/01/2026' },
  system: { vendor: 'QEMU', product: 'Standard PC', serial: 's-1', uuid: 'u-1' },
  cpu: { arch: 'amd64', model: 'cpu', sockets: 1, cores: 2, threads: 2 },
  memory: { bytes: 2 ** 31, modules: [] },
  disks: [],
  nics: [],
};

export const plan: DeployPlan = {
  format: 'deploy-plan:3',
  machineId: 'm-1',
  image: {
    kind: 'root',
    name: 'debian/12',
    os: 'debian',
    serial: '20261101',
    kernelPackage: 'linux-image-amd64',
    squashfs: { sha256: 'ab'.repeat(32), size: 1 },
  },
  firmware: 'uefi',
  storage: {
    layout: 'flat',
    disks: [{ serial: 'd-1', wwn: '', size: 2 ** 33, name: 'vda', model: 'disk', loses: [], partitions: [] }],
    arrays: [],
    groups: [],
    caches: [],
    pools: [],
    fileSystems: [],
  },
  network: {
    address: ipv4('10.78.0.10'),
    reach: 'ens3',
    interfaces: [],
    nameservers: [],
    search: [],
  },
  system: { hostname: 'one', users: [], rootLogin: true, packages: [] },
  sshKeys: [],
  kernelArguments: [],
  layers: [],
  enter: 'kexec',
};
