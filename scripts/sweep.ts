import { parseArgs } from 'node:util';
import { LAB_PACKAGES } from '../lab/packages.ts';
import { describeSweep, isClean } from '../test/sweep/report.ts';
import { sweep } from '../test/sweep/sweep.ts';
import { type Victim, victims as allVictims } from '../test/sweep/victims.ts';
import { temporalBinary } from '../worker/temporal-binary.ts';
import { asRoot } from './as-root.ts';
import { cacheDirectory } from './cache.ts';
import { installPackages } from './packages.ts';
import { TEST_PACKAGES } from './test-packages.ts';

/**
 * `npm run sweep -- [--victims worker,temporal,…] [--cases N] [--others N] [--no-long] [--seed N] [--lanes N]
 * [--only deploy] [--logs DIRECTORY]`: kills workers at every point there is, and the rest at a sample of them.
 */
const { values } = parseArgs({
  allowNegative: true,
  options: {
    victims: { type: 'string', default: allVictims.join(',') },
    cases: { type: 'string' },
    others: { type: 'string', default: '7' },
    long: { type: 'boolean', default: true },
    seed: { type: 'string', default: '1' },
    lanes: { type: 'string', default: '3' },
    only: { type: 'string', multiple: true },
    logs: { type: 'string' },
  },
});
const victims = values.victims.split(',').map((name): Victim => {
  const found = allVictims.find((victim) => victim === name);
  if (!found) throw new Error(`There is no victim ${name}; there are ${allVictims.join(', ')}.`);
  return found;
});
await asRoot('The crash sweep');
await installPackages([...LAB_PACKAGES, ...TEST_PACKAGES], console.log);
const binary = await temporalBinary(cacheDirectory(), console.log);
// Ctrl-C takes the namespaces and the databases away as well. Not `once`: execa ends a process without a listener.
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());
const report = await sweep({
  signal: stopping.signal,
  seed: Number(values.seed),
  lanes: Number(values.lanes),
  victims,
  others: Number(values.others),
  withLong: values.long,
  temporalBinary: binary,
  timeoutMs: 4 * 3_600_000,
  ...(values.cases !== undefined && { cases: Number(values.cases) }),
  ...(values.only && { only: values.only }),
  ...(values.logs !== undefined && { logs: values.logs }),
});
console.log(describeSweep(report));
if (!isClean(report)) process.exit(1);
