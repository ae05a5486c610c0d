import { ipv4 } from '../../../net/index.ts';
import type { Example } from '../example.ts';

const controller = { name: 'node-1', role: 'controller', address: ipv4('10.78.0.20') };
const network = { name: 'node-2', role: 'network', address: ipv4('10.78.0.21') };
const storage = { name: 'node-4', role: 'storage', address: ipv4('10.78.0.23') };
const compute = { name: 'node-3', role: 'compute', address: ipv4('10.78.0.22') };

const on = (member: typeof controller) => ({
  machineName: member.name,
  address: member.address,
  role: member.role,
});
const small = [controller, compute];
const large = [controller, network, compute];
const whole = [controller, network, storage, compute];

export const examples: readonly Example[] = [
  { title: 'controller', ...on(controller), members: small, parameters: { emulation: true } },
  { title: 'compute', ...on(compute), members: small, parameters: { emulation: true } },
  { title: 'compute-kvm', ...on(compute), members: large, parameters: { mtu: 9_000 } },
  {
    title: 'network',
    ...on(network),
    members: large,
    parameters: { externalInterface: 'eth1' },
  },
  {
    title: 'ubuntu-controller',
    system: 'ubuntu/22.04',
    ...on(controller),
    members: small,
    parameters: { release: '2024.1', region: 'north' },
  },
  {
    title: 'storage',
    ...on(storage),
    members: whole,
    parameters: { volumeDevices: '/dev/disk/by-id/ata-one,/dev/disk/by-id/ata-two' },
  },
  { title: 'ovn-volumes-controller', ...on(controller), members: whole, parameters: { networks: 'ovn' } },
  {
    title: 'ovn-network',
    ...on(network),
    members: whole,
    parameters: { networks: 'ovn', externalInterface: 'eth1' },
  },
  {
    title: 'ovn-volumes-compute',
    ...on(compute),
    members: whole,
    parameters: { networks: 'ovn', emulation: true },
  },
  {
    title: 'ovs-controller',
    ...on(controller),
    members: small,
    parameters: { networks: 'ovs', externalInterface: 'eth1' },
  },
  {
    title: 'ovs-ubuntu-compute',
    system: 'ubuntu/24.04',
    ...on(compute),
    members: small,
    parameters: { networks: 'ovs', emulation: true },
  },
];
