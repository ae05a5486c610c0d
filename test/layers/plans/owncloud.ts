import type { Example } from '../example.ts';

const sha256 = '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef';

export const examples: readonly Example[] = [
  { title: 'server', system: 'ubuntu/24.04', parameters: { sha256, hostname: 'files.example.org' } },
  {
    title: 'server-acme',
    system: 'debian/13',
    parameters: {
      ...{ sha256, hostname: 'files.example.org', trustedDomains: 'files.example.net,cloud.example.org' },
      ...{ certificate: 'acme', acmeEmail: 'ops@example.org', backupData: true, adminName: 'root.of-files' },
      ...{ mirror: 'http://10.78.0.254:8000', dataDirectory: '/srv/files/owncloud' },
    },
  },
  {
    title: 'ocis',
    parameters: {
      ...{ sha256, certificate: 'files', certificateChain: '/etc/ssl/private/files.crt' },
      ...{ certificateKey: '/etc/ssl/private/files.key', certificateAuthority: '/etc/ssl/private/site.crt' },
    },
  },
];
