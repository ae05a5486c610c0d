import { expect, test } from 'vitest';
import { mirrored, mirrorParameter } from '../../layers/parts/mirror.ts';

test.each([
  ['https://download.example/linux/gpg', undefined, 'https://download.example/linux/gpg'],
  [
    'https://download.example/linux/gpg',
    'http://10.78.0.254:8082',
    'http://10.78.0.254:8082/download.example/linux/gpg',
  ],
  [
    'https://git.example:8443/a/b?c=d',
    'https://m.example/all',
    'https://m.example/all/git.example:8443/a/b?c=d',
  ],
  ['https://apt.example', 'http://m', 'http://m/apt.example/'],
])('%s by %s is %s', (url, mirror, expected) => {
  expect(mirrored(url, mirror)).toBe(expected);
});

test.each(['ftp://m', 'm', 'http://m/', 'http://m/a b', 'http://m/\n'])('%j is no mirror', (mirror) => {
  expect(mirrorParameter.safeParse(mirror).success).toBe(false);
});

test('no mirror is fine', () => {
  expect(mirrorParameter.parse(undefined)).toBeUndefined();
});
