import { ipv4 } from '../../../net/index.ts';
import type { Example } from '../example.ts';

const machine = { name: 'node-1', role: 'machine', address: ipv4('10.78.0.20') };
const controller = { name: 'node-2', role: 'controller', address: ipv4('10.78.0.21') };
const members = [machine, controller];

const on = (member: typeof machine) => ({
  machineName: member.name,
  address: member.address,
  role: member.role,
  members,
});
const sha256 = '0123456789abcdef'.repeat(4);

const cloud = [20, 22, 23, 24].map((last) => ({
  name: `node-${last}`,
  role: 'machine',
  address: ipv4(`10.78.0.${last}`),
}));
const bundle = { bundle: 'openstack-base', dataInterface: 'eth1' };

export const examples: readonly Example[] = [
  { title: 'snap', ...on(controller), system: 'ubuntu/24.04' },
  { title: 'machine', ...on(machine), system: 'ubuntu/22.04' },
  {
    title: 'program',
    ...on(controller),
    parameters: { version: '4.0.15', sha256, base: 'any', mirror: 'http://10.78.0.254:8000' },
  },
  {
    title: 'openstack-base',
    ...on(controller),
    members: [...cloud, controller],
    system: 'ubuntu/22.04',
    parameters: bundle,
  },
  {
    title: 'openstack-base-machine',
    ...on(machine),
    members: [...cloud, controller],
    system: 'ubuntu/22.04',
    parameters: bundle,
  },
];
