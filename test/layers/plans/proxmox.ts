import type { Example } from '../example.ts';

export const examples: readonly Example[] = [
  { title: 'debian-12' },
  { title: 'debian-13-mirror', system: 'debian/13', parameters: { mirror: 'http://10.78.0.254:8083' } },
];
