import type { Ipv4 } from '../../net/index.ts';

/**
 * The bundle openstack-base of Charmhub, as it was left in February 2023: OpenStack Yoga on Ubuntu 20.04, three machines,
 * and the control plane in containers on them. An overlay says what is otherwise here: 22.04, which has Yoga itself, and
 * as many machines as there are. How overlays are merged is in juju/charm, overlay.go.
 */
export const OVERLAY_SYSTEM = 'ubuntu/22.04';
export const SMALLEST = 3;

/** One on every machine. */
const everywhere = ['ceph-osd', 'nova-compute'] as const;
/** Three of each, on three machines. */
const clusters = ['ceph-mon', 'mysql-innodb-cluster', 'ovn-central'] as const;
const single = [
  'ceph-radosgw',
  'cinder',
  'glance',
  'keystone',
  'neutron-api',
  'nova-cloud-controller',
  'openstack-dashboard',
  'placement',
  'rabbitmq-server',
  'vault',
] as const;
/** What names the archive that its packages are from, and how. */
const origin: Readonly<Record<string, 'source' | 'openstack-origin'>> = {
  'ceph-mon': 'source',
  'ceph-osd': 'source',
  'ceph-radosgw': 'source',
  cinder: 'openstack-origin',
  glance: 'openstack-origin',
  keystone: 'openstack-origin',
  'neutron-api': 'openstack-origin',
  'nova-cloud-controller': 'openstack-origin',
  'nova-compute': 'openstack-origin',
  'openstack-dashboard': 'openstack-origin',
  'ovn-central': 'source',
  placement: 'openstack-origin',
};

/** By application, where its units are, on machines 0 to `count` - 1 of the bundle. Fewer than three will not do. */
export function placement(count: number): ReadonlyMap<string, readonly string[]> {
  const all = Array.from({ length: count }, (_, index) => String(index));
  // Those without a member of each cluster are first, so that they share the load.
  const least = [...all.slice(SMALLEST), ...all.slice(0, SMALLEST)];
  return new Map<string, readonly string[]>([
    ...everywhere.map((name) => [name, all] as const),
    ...clusters.map((name) => [name, all.slice(0, SMALLEST).map((index) => `lxd:${index}`)] as const),
    ...single.map((name, index) => [name, [`lxd:${least[index % count] ?? '0'}`]] as const),
  ]);
}

export interface OverlayRequest {
  readonly count: number;
  readonly osdDevices: readonly string[];
  /** The card to all networks outside. */
  readonly dataInterface: string;
}

/** YAML. Values are such that plain words will do, but for those in quotes. */
export function overlayText({ count, osdDevices, dataInterface }: OverlayRequest): string {
  const more: Readonly<Record<string, readonly string[]>> = {
    'ceph-mon': [`expected-osd-count: ${count}`],
    'ceph-osd': [`osd-devices: ${osdDevices.join(' ')}`],
  };
  const applications = [...placement(count)].flatMap(([name, units]) => {
    const from = origin[name];
    const options = [...(from === undefined ? [] : [`${from}: distro`]), ...(more[name] ?? [])];
    return [
      `  ${name}:`,
      `    num_units: ${units.length}`,
      ...(options.length === 0 ? [] : ['    options:', ...options.map((line) => `      ${line}`)]),
      '    to:',
      ...units.map((unit) => `    - '${unit}'`),
    ];
  });
  return [
    'series: jammy',
    'machines:',
    ...Array.from({ length: count }, (_, index) => `  '${index}':`),
    'applications:',
    ...applications,
    '  ovn-chassis:',
    '    options:',
    `      bridge-interface-mappings: br-ex:${dataInterface}`,
    '',
  ].join('\n');
}

/**
 * Containers of manual machines get addresses of their host's own bridge, which other hosts do not reach, unless they are on
 * a fan: every machine then has 253 of them in 252.0.0.0/8.
 */
export function fanOf(addresses: readonly Ipv4[]): string | undefined {
  const nets = new Set(addresses.map((address) => address.split('.').slice(0, 2).join('.')));
  const [net] = nets;
  return nets.size === 1 && net !== undefined ? `${net}.0.0/16=252.0.0.0/8` : undefined;
}
