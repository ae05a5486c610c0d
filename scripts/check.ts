import { execa } from 'execa';

/** Types, lint with the import walls, and format: what must be clean before anything is committed. */
const checks = [
  ['types', 'node_modules/.bin/tsc', ['--noEmit']],
  ['lint', 'node_modules/.bin/oxlint', ['--type-aware', '--quiet']],
  ['format', 'node_modules/.bin/biome', ['format', '.']],
] as const;

for (const [name, program, args] of checks) {
  const started = performance.now();
  const { exitCode } = await execa(program, args, { stdio: 'inherit', reject: false });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (exitCode !== 0) {
    console.error(`✗ ${name}`);
    process.exit(1);
  }
  console.log(`✓ ${name} (${seconds} s)`);
}
