import type { Example } from '../example.ts';

export const examples: readonly Example[] = [
  {
    title: 'distribution',
    parameters: { user: 'ann', insecureRegistries: '10.78.0.0/24, hub.site:5000' },
  },
  {
    title: 'upstream',
    system: 'ubuntu/24.04',
    parameters: {
      source: 'upstream',
      mirror: 'http://10.78.0.1:8080/mirror',
      registryMirror: 'https://hub.site',
    },
  },
];
