import { execa } from 'execa';
import { LAB_PACKAGES } from '../lab/packages.ts';
import { temporalBinary } from '../worker/temporal-binary.ts';
import { asRoot } from './as-root.ts';
import { cacheDirectory } from './cache.ts';
import { installPackages } from './packages.ts';
import { TEST_PACKAGES } from './test-packages.ts';

/**
 * Sets up and passes every test, the quick ones first. `npm test -- PATTERN` runs what fits, also of those that take too
 * long to be run each time.
 */
await asRoot('The whole test suite');
await installPackages([...LAB_PACKAGES, ...TEST_PACKAGES], console.log);
await temporalBinary(cacheDirectory(), console.log);

const patterns = process.argv.slice(2);
for (const project of ['unit', 'system', 'layers', 'rack']) {
  const vitest = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--project',
    project,
    '--passWithNoTests',
    // Layers wait for packages and for guests half of their time.
    ...(project === 'layers' ? ['--maxWorkers=2'] : []),
    ...patterns,
  ];
  const env = patterns.length > 0 ? { RW_WHOLE: '1' } : {};
  const { exitCode } = await execa(process.execPath, vitest, { stdio: 'inherit', reject: false, env });
  if (exitCode !== 0) process.exit(exitCode ?? 1);
}
