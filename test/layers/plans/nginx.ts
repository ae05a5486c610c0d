import type { Example } from '../example.ts';

export const examples: readonly Example[] = [
  { title: 'package', parameters: { title: 'Hello', port: 8080 } },
];
