import { parseArgs } from 'node:util';
import { LAB_PACKAGES } from '../lab/packages.ts';
import { describeSweep } from '../test/sweep/report.ts';
import { sweep } from '../test/sweep/sweep.ts';
import { temporalBinary } from '../worker/temporal-binary.ts';
import { asRoot } from './as-root.ts';
import { cacheDirectory } from './cache.ts';
import { installPackages } from './packages.ts';
import { TEST_PACKAGES } from './test-packages.ts';

/** `npm run sweep -- [--cases N] [--seed N] [--lanes N] [--only deploy]`: kills workers at every point there is. */
const { values } = parseArgs({
  options: {
    cases: { type: 'string' },
    seed: { type: 'string', default: '1' },
    lanes: { type: 'string', default: '3' },
    only: { type: 'string', multiple: true },
  },
});
await asRoot('The crash sweep');
await installPackages([...LAB_PACKAGES, ...TEST_PACKAGES], console.log);
await temporalBinary(cacheDirectory(), console.log);
// Ctrl-C takes the namespaces and the database away as well.
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
const report = await sweep({
  signal: stopping.signal,
  seed: Number(values.seed),
  lanes: Number(values.lanes),
  timeoutMs: 4 * 3_600_000,
  ...(values.cases !== undefined && { cases: Number(values.cases) }),
  ...(values.only && { only: values.only }),
});
console.log(describeSweep(report));
if (report.doubleEffects.length > 0 || report.cases.some(({ wrong }) => wrong.length > 0)) process.exit(1);
