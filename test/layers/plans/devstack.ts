import type { Example } from '../example.ts';

export const examples: readonly Example[] = [
  { title: 'upstream', system: 'debian/13' },
  {
    title: 'mirror',
    parameters: {
      mirror: 'http://10.78.0.254:8000',
      pythonIndex: 'http://10.78.0.254:8001/simple',
      commit: '0123456789abcdef0123456789abcdef01234567',
      services: 'heat,-horizon',
    },
  },
  { title: 'offline', parameters: { offline: true, branch: 'stable/2025.2' }, system: 'ubuntu/22.04' },
];
