import { expect, test } from 'vitest';
import { isPassing } from '../../layers/index.ts';

test.each([
  [100, 'E: Failed to fetch http://deb.example/x.deb  Connection timed out'],
  [100, 'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 12 (unattended-upgr)'],
  [100, "W: Failed to fetch http://deb.example  Temporary failure resolving 'deb.example'"],
  [100, 'E: Some files failed: Hash Sum mismatch'],
  [128, 'fatal: early EOF'],
  [22, 'curl: (22) The requested URL returned error: 503'],
  [75, 'the database is not up yet'],
  [143, ''],
])('status %i of "%s" may pass', (exitCode, tail) => {
  expect(isPassing(exitCode, tail)).toBe(true);
});

test.each([
  [100, 'E: Unable to locate package docker-ee'],
  [22, 'curl: (22) The requested URL returned error: 404'],
  [1, 'the key there is 0123, not 4567'],
  [127, 'sh: 1: frobnicate: not found'],
  [1, ''],
])('status %i of "%s" stays', (exitCode, tail) => {
  expect(isPassing(exitCode, tail)).toBe(false);
});
