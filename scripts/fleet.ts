import { parseArgs } from 'node:util';
import { fleetInNamespace } from '../lab/sim/run/fleet-in-namespace.ts';
import { describeReport } from '../lab/sim/run/report.ts';
import { temporalBinary } from '../worker/temporal-binary.ts';
import { asRoot } from './as-root.ts';
import { cacheDirectory } from './cache.ts';

/**
 * Simulated machines against the real service: discovery, commissioning and deployment, some of them faulty. Exit
 * status 1 when one ended elsewhere than it had to. `npm run fleet -- --count 100 --faulty 20`
 */
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100' },
    /** Per cent. */
    faulty: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(1 + (Date.now() % 60_000)) },
    driver: { type: 'string', default: 'redfish' },
    /** Minutes, as in `rackwright up`. */
    'boot-deadline': { type: 'string', default: '0.5' },
    /** Minutes, for each of the three parts. */
    deadline: { type: 'string', default: '20' },
    /** Also the faults whose end takes a quarter of an hour. */
    long: { type: 'boolean', default: false },
    /** Only faults with this in their name: `silent`, `BMC`. */
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
    /** Keeps data and logs. */
    directory: { type: 'string' },
  },
});

await asRoot('A simulated fleet');
await temporalBinary(cacheDirectory(), console.error);
const { directory, only } = values;
const deadlineMinutes = Number(values.deadline);
const report = await fleetInNamespace(
  {
    count: Number(values.count),
    faultyPercent: Number(values.faulty),
    seed: Number(values.seed),
    withLong: values.long,
    driver: values.driver === 'manual' ? 'manual' : 'redfish',
    bootDeadlineMinutes: Number(values['boot-deadline']),
    deadlineMinutes,
    ...(only !== undefined && { only }),
    ...(directory !== undefined && { directory }),
  },
  (3 * deadlineMinutes + 5) * 60_000,
);
console.log(values.json ? JSON.stringify(report, undefined, 1) : describeReport(report));
const isClean = report.machines.every(({ wrong }) => wrong.length === 0);
process.exitCode = isClean && report.doubleEffects.length + report.unrecognised.length === 0 ? 0 : 1;
