import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporalBinary } from '../../worker/temporal-binary.ts';
import { describeSweep, wrongCases } from '../sweep/report.ts';
import { sweep } from '../sweep/sweep.ts';
import { victims } from '../sweep/victims.ts';

/** A seeded sample of the crash sweep, some of every victim; `npm run sweep` runs all of it. */
it('whoever is killed or cut off in any activity: every operation ends well, and nothing is done twice', async () => {
  const binary = await temporalBinary(join(homedir(), '.cache', 'rackwright'), console.log);
  const order = { seed: 4, lanes: 2, victims, cases: 6, others: 1, withLong: false } as const;
  const report = await sweep({ ...order, temporalBinary: binary, timeoutMs: 1_500_000 });
  console.log(describeSweep(report));
  expect(new Set(report.cases.map(({ victim }) => victim))).toEqual(new Set(victims));
  expect(report.cases).toHaveLength(12);
  expect(wrongCases(report)).toEqual([]);
  expect(report.broken).toEqual([]);
  expect(report.unrecognised).toEqual([]);
}, 1_600_000);
