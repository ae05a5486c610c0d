import { describe, expect, test } from 'vitest';
import type { Script, ScriptOutline, ScriptResult } from '../../model/index.ts';
import type { Store } from '../../store/index.ts';

const at = new Date('2026-11-22T10:00:00.000Z');

function script(name: string, sha256: string): Script {
  return {
    sha256,
    content: `#!/bin/sh\n# ${name}\n`,
    metadata: {
      name,
      title: '',
      description: '',
      tags: [],
      type: 'testing',
      hardware: 'node',
      parallel: 'disabled',
      timeoutSeconds: 0,
      packages: [],
      missingPackages: 'fail',
      parameters: {},
      results: [],
      forHardware: [],
      destructive: false,
      recommission: false,
      applyConfiguredNetworking: false,
    },
  };
}

function result(operationId: string, step: string, values: Partial<ScriptResult> = {}): ScriptResult {
  return {
    operationId,
    machineId: operationId.split('/')[0] as string,
    step,
    script: step,
    sha256: 'a1',
    type: 'testing',
    hardware: 'node',
    verdict: 'passed',
    startedAt: at.toISOString(),
    endedAt: at.toISOString(),
    values: {},
    tail: '',
    ...values,
  };
}

const outline = (step: string): ScriptOutline => ({
  format: 'script-outline:1',
  purpose: 'test',
  runs: [
    { step, script: 's', sha256: 'pin1', group: 1, timeoutSeconds: 1, deadlineMs: 1, values: {}, parts: {} },
  ],
});

/** What both databases keep of scripts. */
export function scriptsContract(open: () => Store): void {
  describe('scripts', () => {
    test('a name stands for its newest version; older ones stay, also when the name goes', async () => {
      const { scripts } = open();
      const [first, second] = [script('b', 'a1'), script('b', 'a2')];
      await scripts.put(first, at);
      await scripts.put(second, at);
      await scripts.put(second, at);
      await scripts.put(script('a', 'a3'), at);
      expect(await scripts.find('b')).toEqual({ script: second, addedAt: at.toISOString() });
      expect((await scripts.list()).map((one) => one.script.metadata.name)).toEqual(['a', 'b']);
      expect([await scripts.remove('b'), await scripts.remove('b')]).toEqual([true, false]);
      expect(await scripts.find('b')).toBeUndefined();
      expect(await scripts.version('a1')).toEqual(first);
      expect(await scripts.version('none')).toBeUndefined();
    });

    test('what an operation decided first stays, also when many decide at once', async () => {
      const { scripts } = open();
      const pinned = script('shipped', 'pin1');
      await Promise.all(
        ['one', 'two', 'three'].map((step) => scripts.pin('m/test/1', outline(step), [pinned])),
      );
      const decided = await scripts.outline('m/test/1');
      await scripts.pin('m/test/1', outline('late'), []);
      expect(await scripts.outline('m/test/1')).toEqual(decided);
      expect(await scripts.version('pin1')).toEqual(pinned);
      // Kept for that operation, and not under a name.
      expect(await scripts.find('shipped')).toBeUndefined();
      expect(await scripts.outline('m/test/2')).toBeUndefined();
    });

    test('a result is replaced by the next try of its run, and they come newest first', async () => {
      const { scripts } = open();
      await scripts.addResult(result('r/test/1', 'one', { verdict: 'failed' }));
      await scripts.addResult(result('r/test/1', 'two'));
      await scripts.addResult(result('r/test/1', 'one', { reason: 'a\0\ud800b' }));
      await scripts.addResult(result('r/test/2', 'one'));
      await scripts.addResult(result('other/test/1', 'one'));
      const all = await scripts.results('r', { limit: 10 });
      expect(all.map(({ operationId, step }) => `${operationId} ${step}`)).toEqual([
        'r/test/2 one',
        'r/test/1 two',
        'r/test/1 one',
      ]);
      expect(all[2]).toMatchObject({ verdict: 'passed', reason: 'a\0\ud800b' });
      expect(await scripts.results('r', { operationId: 'r/test/1', limit: 1 })).toHaveLength(1);
    });
  });
}
