import type { Example } from '../example.ts';

export const examples: readonly Example[] = [
  { title: 'package', parameters: { title: 'Hello', port: 8080 } },
  { title: 'container', parameters: { way: 'container', port: 8080 } },
  { title: 'image', parameters: { way: 'container', image: 'hub.site:5000/nginx:1.28' } },
  { title: 'vm', parameters: { way: 'vm', emulation: true } },
];
