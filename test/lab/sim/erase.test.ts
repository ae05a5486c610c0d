import { afterEach, describe, expect, it } from 'vitest';
import { eraseScript, evidenceOf, planErase, probeScript, readProbe } from '../../../erase/index.ts';
import { collectScript, parseInventory } from '../../../inventory/index.ts';
import { endMachines, machine, step } from './running-machine.ts';

afterEach(endMachines);

describe('an erasure of simulated disks', () => {
  it.each([
    ['full', ['overwrite', 'overwrite', 'overwrite']],
    ['secure', ['nvme-sanitize-block', 'write-zeroes', 'write-zeroes']],
  ] as const)(
    '%s: planned from what they say, done, and shown by the evidence that the controller keeps',
    async (level, methods) => {
      const { dial, on, effects } = await machine();
      const host = await dial();
      const live = readProbe((await host.run(probeScript())).stdout);
      const { disks } = planErase({
        machineName: 'sim',
        bootId: 'b',
        known: parseInventory((await host.run(collectScript())).stdout).disks,
        live,
        level,
      });
      expect(disks.map(({ method }) => method)).toEqual(methods);
      for (const [index, erasure] of disks.entries()) {
        const result = await step(host, `op-release-1-erase-${index}-1`, eraseScript(erasure));
        const plan = { level, bootId: 'b' } as const;
        const about = { machineId: 'm', operationId: 'op', plan, erasure, result, endedAt: new Date() };
        expect(evidenceOf(about)).toMatchObject({ result: 'ok', verified: { blocks: 10_000, nonZero: 0 } });
      }
      expect(on.disks.every(({ erased }) => erased)).toBe(true);
      expect(effects.map(({ kind }) => kind)).toEqual(['erased-disk', 'erased-disk', 'erased-disk']);
    },
  );
});
