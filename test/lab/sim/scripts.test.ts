import { afterEach, describe, expect, it } from 'vitest';
import {
  collectScript,
  outcomeCommand,
  outlineScripts,
  parseInventory,
  readOutcome,
  runFolder,
  runScriptJob,
  shippedScripts,
} from '../../../inventory/index.ts';
import { endMachines, machine, step } from './running-machine.ts';

afterEach(endMachines);

describe('the tests that are shipped, on a simulated machine', () => {
  it('are chosen for its parts; each runs as a job, and its outcome is read as passed', async () => {
    const { dial } = await machine();
    const host = await dial();
    const known = await shippedScripts();
    const inventory = parseInventory((await host.run(collectScript())).stdout);
    const { runs } = outlineScripts(
      known,
      'test',
      { scripts: [], parameters: {}, destructive: false },
      inventory,
    );
    expect(new Set(runs.map(({ script }) => script))).toEqual(
      new Set(['cpu-load', 'memory-load', 'disk-read', 'network-reach']),
    );
    for (const [index, run] of runs.entries()) {
      const script = known.find(({ sha256 }) => sha256 === run.sha256);
      if (!script) throw new Error(`${run.script} is unknown`);
      const context = { operationId: 'm/test/1', machineName: 'sim', controller: '127.0.0.1' };
      const ended = await step(host, `m-test-1-${index}-1`, runScriptJob(run, script, context));
      const printed = (await host.run(outcomeCommand(runFolder('m/test/1', run.step)))).stdout;
      expect(readOutcome(printed, ended.tail, run.timeoutSeconds)).toEqual({
        verdict: 'passed',
        exitCode: 0,
        values: {},
      });
    }
  });

  it('that never ran have no outcome', async () => {
    const host = await (await machine()).dial();
    const printed = (await host.run(outcomeCommand(runFolder('m/test/1', 'cpu-load')))).stdout;
    expect(readOutcome(printed, '', 60)).toMatchObject({ verdict: 'failed' });
  });
});
