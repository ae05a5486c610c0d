import type { Example } from '../example.ts';

export const examples: readonly Example[] = [
  { title: 'hardware' },
  { title: 'bridge', parameters: { emulation: true, user: 'ada', bridge: 'br0' } },
];
