import { expect, it } from 'vitest';
import { describeSweep } from '../sweep/report.ts';
import { sweep } from '../sweep/sweep.ts';

/** A seeded sample of the crash sweep; `npm run sweep` runs all of it. */
it('a worker killed -9 in any activity: every operation ends well, and nothing is done twice', async () => {
  const report = await sweep({ seed: 4, lanes: 2, cases: 8, timeoutMs: 1_500_000 });
  console.log(describeSweep(report));
  expect(report.cases).toHaveLength(8);
  expect(report.cases.filter(({ wrong }) => wrong.length > 0)).toEqual([]);
  expect(report.doubleEffects).toEqual([]);
  expect(report.unrecognised).toEqual([]);
}, 1_600_000);
