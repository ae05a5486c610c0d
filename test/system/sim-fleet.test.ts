import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fleetInNamespace } from '../../lab/sim/run/fleet-in-namespace.ts';
import { describeReport } from '../../lab/sim/run/report.ts';
import { temporalBinary } from '../../worker/temporal-binary.ts';

/** Fixed, so that what fails here can be made again: `npm run fleet -- --count 20 --faulty 50 --seed 42`. */
const seed = 42;
const minutes = 60_000;

it('brings 20 machines, half of them faulty, each to the end that it has to come to', {
  timeout: 15 * minutes,
}, async () => {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'rackwright');
  // Nothing can be fetched from inside the namespace.
  await temporalBinary(cache, console.log);
  const report = await fleetInNamespace(
    {
      count: 20,
      faultyPercent: 50,
      seed,
      withLong: false,
      driver: 'redfish',
      bootDeadlineMinutes: 0.5,
      deadlineMinutes: 4,
    },
    14 * minutes,
  );
  console.log(describeReport(report));
  expect(report.machines).toHaveLength(20);
  expect(report.machines.filter(({ story }) => story !== 'healthy')).toHaveLength(10);
  expect(
    report.machines.flatMap(({ name, story, wrong }) => wrong.map((each) => `${name} (${story}): ${each}`)),
  ).toEqual([]);
  expect(report.doubleEffects).toEqual([]);
  expect(report.unrecognised).toEqual([]);
});
