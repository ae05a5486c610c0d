import type { Example } from '../example.ts';

export const examples: readonly Example[] = [
  {
    title: 'client',
    system: 'ubuntu/24.04',
    parameters: {
      archive: 'distribution',
      title: 'Node 1',
      tags: 'rack-1,lab',
      mayRunAs: 'root,landscape',
    },
  },
  {
    title: 'quickstart',
    system: 'ubuntu/22.04',
    parameters: {
      server: 'quickstart',
      ppa: 'landscape/self-hosted-24.04',
      mirror: 'http://10.78.0.254:8000',
    },
  },
];
