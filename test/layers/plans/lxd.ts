import type { Example } from '../example.ts';

export const examples: readonly Example[] = [
  { title: 'package', parameters: { subnet: '10.55.0.1/24' } },
  {
    title: 'snap',
    system: 'ubuntu/24.04',
    parameters: { channel: '6/stable', pool: 'zfs', poolGiB: 50, bridge: 'br-lxd' },
  },
];
