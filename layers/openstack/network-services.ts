import type { Duty } from './duties.ts';
import type { Context, Networks } from './parameters.ts';
import type { Service } from './service.ts';

function neutron(...names: readonly string[]): Service {
  return { project: 'neutron', packages: names, units: names };
}

const openvswitch: Service = {
  project: 'base',
  packages: ['openvswitch-switch'],
  units: ['openvswitch-switch'],
};
const ovnHost: Service = { project: 'base', packages: ['ovn-host'], units: ['ovn-host'] };

/** OVN gives addresses and routes by flows of its own: no agent is left but the one that hands metadata on. */
const services: Readonly<Record<Networks, Partial<Record<Duty, readonly Service[]>>>> = {
  linuxbridge: {
    network: [
      neutron(
        'neutron-linuxbridge-agent',
        'neutron-dhcp-agent',
        'neutron-metadata-agent',
        'neutron-l3-agent',
      ),
    ],
    compute: [neutron('neutron-linuxbridge-agent')],
  },
  ovs: {
    network: [
      openvswitch,
      neutron(
        'neutron-openvswitch-agent',
        'neutron-dhcp-agent',
        'neutron-metadata-agent',
        'neutron-l3-agent',
      ),
    ],
    compute: [openvswitch, neutron('neutron-openvswitch-agent')],
  },
  ovn: {
    control: [{ project: 'base', packages: ['ovn-central'], units: ['ovn-central'] }],
    network: [openvswitch, ovnHost],
    compute: [openvswitch, ovnHost, neutron('neutron-ovn-metadata-agent')],
  },
};

export function networkServices(duty: Duty, { parameters }: Pick<Context, 'parameters'>): readonly Service[] {
  return services[parameters.networks][duty] ?? [];
}
