import type { Example } from '../example.ts';

export const examples: readonly Example[] = [
  { title: 'distribution', parameters: { emulation: true } },
  {
    title: 'vendor',
    system: 'ubuntu/24.04',
    parameters: { mirror: 'http://mirror.example' },
  },
  { title: 'virtualbox', parameters: { provider: 'virtualbox' } },
];
