import type { Example } from '../example.ts';

export const examples: readonly Example[] = [
  { title: 'small', parameters: { dom0Memory: 768 } },
  { title: 'ubuntu', system: 'ubuntu/24.04', parameters: { dom0Memory: 4096, dom0Cpus: 2, bridge: 'br0' } },
];
