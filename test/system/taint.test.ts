import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runInNamespace } from '../../lab/sim/run/namespace.ts';
import { temporalBinary } from '../../worker/temporal-binary.ts';

/** docs/security.md, rule 28: the service itself, simulated machines. */
it('a deployment after one that failed with programs of the image run starts the machine anew', {
  timeout: 600_000,
}, async () => {
  // Nothing can be fetched from inside the namespace.
  await temporalBinary(join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'rackwright'), () => {});
  const script = fileURLToPath(new URL('../fixtures/redeploy-in-namespace.ts', import.meta.url));
  const stdout = await runInNamespace(script, ['write image', 'kernel and bootloader'], {
    timeoutMs: 580_000,
    name: `rw-taint-${process.pid}`,
  });
  const told = JSON.parse(stdout) as {
    readonly fails: string;
    readonly state: string;
    readonly starts: readonly [number, number];
    readonly steps: readonly string[];
  }[];
  console.log(told.map(({ fails, starts }) => `${fails}: ${starts.join(' → ')} firmware starts`).join('\n'));
  const of = (fails: string) => told.find((each) => each.fails === fails);
  expect(of('write image')).toMatchObject({ state: 'Failed deployment', starts: [1, 1] });
  expect(of('write image')?.steps).not.toContain('start over the network');
  expect(of('kernel and bootloader')).toMatchObject({ state: 'Failed deployment', starts: [1, 2] });
  expect(of('kernel and bootloader')?.steps).toContain('start over the network');
});
