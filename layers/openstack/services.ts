import { type Duty, dutiesOf } from './duties.ts';
import { networkServices } from './network-services.ts';
import type { Context } from './parameters.ts';
import type { Project, Service } from './service.ts';
import { volumeServices } from './volume-services.ts';

const compute: readonly Service[] = [
  // By emulation too: -kvm is the same but for the settings that it brings, and -qemu wants all processors of QEMU.
  { project: 'base', packages: ['libvirt-daemon-system', 'qemu-utils'], units: ['libvirtd'] },
  { project: 'nova', packages: ['nova-compute', 'nova-compute-kvm'], units: ['nova-compute'] },
];

/** Before every API, and around horizon. Apache has a step of its own: its site names all the others. */
const webPackages = ['apache2', 'libapache2-mod-wsgi-py3', 'openstack-dashboard', 'python3-pymemcache'];

const base: Service = {
  project: 'base',
  packages: [
    'mariadb-server',
    'rabbitmq-server',
    'memcached',
    'python3-openstackclient',
    'curl',
    ...webPackages,
  ],
  units: ['mariadb', 'rabbitmq-server', 'memcached'],
};

/** Every API under a uWSGI of its own. */
const debianControl: readonly Service[] = [
  base,
  { project: 'keystone', packages: ['keystone'], units: ['keystone'] },
  { project: 'glance', packages: ['glance-api'], units: ['glance-api'] },
  { project: 'placement', packages: ['placement-api'], units: ['placement-api'] },
  {
    project: 'nova',
    packages: ['nova-api', 'nova-conductor', 'nova-scheduler', 'nova-consoleproxy'],
    units: ['nova-api', 'nova-api-metadata', 'nova-conductor', 'nova-scheduler', 'nova-novncproxy'],
  },
  {
    project: 'neutron',
    packages: ['neutron-api', 'neutron-rpc-server'],
    units: ['neutron-api', 'neutron-rpc-server'],
  },
];

/** Keystone and placement live in Apache; nova-api has the metadata service in it. */
const ubuntuControl: readonly Service[] = [
  base,
  { project: 'keystone', packages: ['keystone', 'apache2'], units: ['apache2'] },
  { project: 'glance', packages: ['glance-api'], units: ['glance-api'] },
  { project: 'placement', packages: ['placement-api'], units: ['apache2'] },
  {
    project: 'nova',
    packages: ['nova-api', 'nova-conductor', 'nova-scheduler', 'nova-novncproxy'],
    units: ['nova-api', 'nova-conductor', 'nova-scheduler', 'nova-novncproxy'],
  },
  { project: 'neutron', packages: ['neutron-server'], units: ['neutron-server'] },
];

function servicesOf(duty: Duty, system: string): readonly Service[] {
  switch (duty) {
    case 'control':
      return system.startsWith('ubuntu/') ? ubuntuControl : debianControl;
    case 'compute':
      return compute;
    case 'network':
    case 'storage':
      return [];
  }
}

function allServices(context: Context): readonly Service[] {
  return dutiesOf(context).flatMap((duty) => [
    ...servicesOf(duty, context.system),
    ...networkServices(duty, context),
    ...volumeServices(duty, context),
  ]);
}

export function packagesOf(context: Context): readonly string[] {
  return [...new Set([...allServices(context).flatMap(({ packages }) => packages), 'openssl'])];
}

export function projectsOf(context: Context): readonly Project[] {
  return [...new Set(allServices(context).map(({ project }) => project))];
}

export function unitsOf(context: Context, ...projects: readonly Project[]): readonly string[] {
  const services = allServices(context).filter(({ project }) => projects.includes(project));
  return [...new Set(services.flatMap(({ units }) => units))];
}

/**
 * Come along with those packages and are of no use here: each would fail, or answer where nobody asks. HAProxy is run by
 * the agents themselves, with configurations of theirs.
 */
export const idleUnits = ['haproxy', 'nova-serialproxy', 'nova-spicehtml5proxy'] as const;
