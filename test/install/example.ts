import type { PlanInput } from '../../install/index.ts';
import { type InstallContext, planDeployment } from '../../install/index.ts';
import type { Disk, DiskImage, Inventory } from '../../model/index.ts';
import { cidr, ipv4, parseMac, type Mac } from '../../net/index.ts';

export const GIB = 1024 ** 3;
export const mac = parseMac('52:54:00:78:00:10') as Mac;

/** Well-formed, and nobody's. */
export function publicKey(fill: string, comment = ''): string {
  const body = `AAAAC3NzaC1lZDI1NTE5AAAAI${fill.repeat(43).slice(0, 43)}`;
  return `ssh-ed25519 ${body}${comment === '' ? '' : ` ${comment}`}`;
}

export function disk(changes: Partial<Disk> = {}): Disk {
  return {
    name: 'vda',
    serial: 'DISK-1',
    wwn: '',
    model: 'QEMU HARDDISK',
    size: 20 * GIB,
    rotational: false,
    readOnly: false,
    removable: false,
    transport: 'virtio',
    holds: ['vda1: ext4 "old"'],
    ...changes,
  };
}

export function inventory(disks: readonly Disk[] = [disk()]): Inventory {
  return {
    format: 'inventory:2',
    numa: [],
    pci: [],
    usb: [],
    gpus: [],
    firmware: { mode: 'bios', vendor: 'SeaBIOS', version: '1', date: '04/01/2014' },
    system: {
      vendor: 'Rackwright',
      product: 'Q35',
      serial: 'SN1',
      uuid: '5c0f0000-0000-4000-8000-000000000010',
    },
    cpu: { arch: 'amd64', model: 'QEMU', sockets: 1, cores: 2, threads: 2 },
    memory: { bytes: 2 * GIB, modules: [] },
    disks,
    nics: [{ name: 'enp0s2', mac, link: true, driver: 'virtio_net' }],
  };
}

export function planInput(changes: Partial<PlanInput> = {}): PlanInput {
  const file = { sha256: 'a'.repeat(64), size: 180_000_000 };
  return {
    machineId: 'm-1',
    machineName: 'node-1',
    firmware: 'bios',
    inventory: inventory(),
    image: {
      kind: 'root',
      name: 'debian/12',
      os: 'debian',
      version: '12',
      codename: 'bookworm',
      title: '12',
      arch: 'amd64',
      kernel: 'ga-12',
      flavour: 'generic',
      serial: '20261122',
      files: { 'boot-kernel': file, 'boot-initrd': file, squashfs: file },
      kernelPackage: 'linux-image-amd64',
      stream: 'http://10.78.0.254/',
      syncedAt: '2026-11-22T00:00:00Z',
    },
    subnet: {
      name: 'rack',
      site: 'default',
      cidr: cidr('10.78.0.0/24'),
      serverAddress: ipv4('10.78.0.1'),
      gateway: ipv4('10.78.0.254'),
      dns: [ipv4('10.78.0.254')],
      dynamic: { first: ipv4('10.78.0.100'), last: ipv4('10.78.0.199') },
      static: { first: ipv4('10.78.0.20'), last: ipv4('10.78.0.99') },
      discovery: 'on',
      ephemeralImage: 'debian/12',
      packageProxy: 'http://10.78.0.254:3142',
    },
    address: ipv4('10.78.0.20'),
    bootMac: mac,
    sshKeys: [publicKey('B', 'anna@example')],
    kernelArguments: ['console=tty0', 'console=ttyS0,115200'],
    layersAt: () => [{ name: 'nginx', version: '1.0.0', digest: '14'.repeat(32) }],
    enter: 'kexec',
    ...changes,
  };
}

export function plan(changes: Partial<PlanInput> = {}) {
  return planDeployment(planInput(changes));
}

export function context(changes: Partial<InstallContext> = {}): InstallContext {
  return {
    source: { kind: 'running' },
    intentId: 'op-0001',
    controllerKey: publicKey('C'),
    seed: { instanceId: 'op-0001' },
    ...changes,
  };
}

export const diskImage: DiskImage = {
  kind: 'disk',
  name: 'own/1',
  os: 'own',
  version: '1',
  codename: '1',
  title: 'Own 1',
  arch: 'amd64',
  kernel: 'own',
  flavour: 'own',
  serial: '20261122',
  stream: 'import',
  syncedAt: '2026-11-22T00:00:00Z',
  files: { disk: { sha256: 'b'.repeat(64), size: 300_000_000 } },
  raw: { sha256: 'c'.repeat(64), size: 2 * GIB },
  firmware: ['uefi'],
  cloudInit: true,
};
