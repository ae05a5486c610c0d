import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleWorkflows } from '../../worker/workers.ts';

/** `histories/<workflow>/<case>.json`, recorded by the end-to-end tests. Added, never edited. */
const folder = fileURLToPath(new URL('./histories/', import.meta.url));
const recorded = readdirSync(folder).flatMap((workflow) =>
  readdirSync(join(folder, workflow)).map((file) => ({ workflow, file })),
);
const read = async ({ workflow, file }: (typeof recorded)[number]): Promise<unknown> =>
  JSON.parse(await readFile(join(folder, workflow, file), 'utf8'));

describe('recorded histories', () => {
  let bundle: WorkflowBundleWithSourceMap;
  beforeAll(async () => {
    bundle = await bundleWorkflows();
  });

  it('exist for every workflow', () => {
    expect(new Set(recorded.map(({ workflow }) => workflow))).toEqual(
      new Set([
        'applyLayer',
        'commission',
        'deploy',
        'machine',
        'planDeploy',
        'power',
        'release',
        'removeLayer',
        'syncImages',
      ]),
    );
  });

  it.each(recorded)('$workflow/$file replays', async (history) => {
    await Worker.runReplayHistory({ workflowBundle: bundle }, await read(history));
  });

  it('stay small: the bundle is under its budget and knows no zod', () => {
    expect(bundle.code.length).toBeLessThan(2_500_000);
    expect(bundle.code).not.toContain('ZodError');
  });
});

describe('a workflow that does something else', () => {
  let bundle: WorkflowBundleWithSourceMap;
  beforeAll(async () => {
    bundle = await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('./mutated/index.ts', import.meta.url)),
    });
  });

  it.each(recorded.filter(({ workflow }) => ['commission', 'deploy', 'release'].includes(workflow)))(
    'does not replay $workflow/$file',
    async (history) => {
      await expect(Worker.runReplayHistory({ workflowBundle: bundle }, await read(history))).rejects.toThrow(
        DeterminismViolationError,
      );
    },
  );
});
