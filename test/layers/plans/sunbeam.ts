import { ipv4 } from '../../../net/index.ts';
import type { Example } from '../example.ts';

const member = (name: string, role: string, last: number) => ({
  name,
  role,
  address: ipv4(`10.78.0.${last}`),
});
const first = member('node-1', 'first', 20);
const compute = member('node-2', 'compute', 21);
const more = [member('node-3', 'control', 22), member('node-4', 'control', 23)];

const on = (one: typeof first, members: readonly (typeof first)[]) => ({
  machineName: one.name,
  address: one.address,
  role: one.role,
  members,
  system: 'ubuntu/24.04',
});
const outside = {
  externalInterface: 'eth1',
  externalCidr: '203.0.113.0/24',
  externalGateway: '203.0.113.1',
  externalRange: '203.0.113.100-203.0.113.199',
};

export const examples: readonly Example[] = [
  { title: 'single', ...on(first, [first]), parameters: { osdDevices: '/dev/sdb' } },
  {
    title: 'several',
    ...on(first, [compute, ...more, first]),
    parameters: {
      ...outside,
      channel: '2026.1/stable',
      osdDevices: '/dev/sdb,/dev/sdc',
      apiRange: '10.78.0.200-10.78.0.220',
      domain: 'cloud.example',
    },
  },
  {
    title: 'compute',
    ...on(compute, [compute, first]),
    parameters: { ...outside, osdDevices: '/dev/sdb', apiRange: '10.78.0.200-10.78.0.220' },
  },
];
