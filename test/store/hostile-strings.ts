import { randomBytes } from 'node:crypto';
import { nastyStrings } from '../fixtures/nasty-strings.ts';

const seeds = [
  "' or '1'='1",
  "'; drop table machine; --",
  '1); delete from event; --',
  '$1',
  '$2::text',
  '$$quoted$$',
  "E'\\x41'",
  "U&'\\0041'",
  "' union select sealed from secret --",
  '{1,2}',
  '(1,2)',
  'NULL',
  '\\N',
  '\0',
  '\ud800',
  '\udc00',
  // Too long for an index, and it does not compress.
  randomBytes(6_000).toString('base64'),
];

/** Text that breaks out of SQL, JSON or the wire wherever it is not carried as a parameter. */
export const hostileStrings: readonly string[] = [
  ...new Set([...nastyStrings, ...seeds, ...seeds.map((seed) => `a${seed}b`)]),
];
