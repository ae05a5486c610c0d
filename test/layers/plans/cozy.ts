import type { Example } from '../example.ts';

const sha256 = '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef';

export const examples: readonly Example[] = [
  {
    title: 'own',
    parameters: { sha256, couchdbArchive: 'https://couchdb.example.org/deb', hostname: 'cozy.example.org' },
  },
  {
    title: 'files',
    system: 'ubuntu/24.04',
    parameters: {
      ...{ sha256, couchdbArchive: 'https://couchdb.example.org/deb' },
      ...{ hostname: 'cozy.example.org', email: 'ops@example.org', apps: 'home,drive' },
      ...{ certificate: 'files', certificateChain: '/etc/ssl/private/cozy.crt' },
      ...{ certificateKey: '/etc/ssl/private/cozy.key', mirror: 'http://10.78.0.254:8000' },
    },
  },
];
