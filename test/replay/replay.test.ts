import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleWorkflows } from '../../worker/workers.ts';
import * as workflows from '../../workflows/index.ts';
import * as mutated from './mutated/index.ts';

/** `histories/<workflow>/<case>.json`: from the virtual rack, and from `test/system/histories.test.ts`. Added, never edited. */
const folder = fileURLToPath(new URL('./histories/', import.meta.url));
const recorded = readdirSync(folder).flatMap((workflow) =>
  readdirSync(join(folder, workflow)).map((file) => ({ workflow, file })),
);
const text = ({ workflow, file }: (typeof recorded)[number]): Promise<string> =>
  readFile(join(folder, workflow, file), 'utf8');
const read = async (history: (typeof recorded)[number]): Promise<unknown> => JSON.parse(await text(history));
/** Largest history that is worth its place. */
const MAX_BYTES = 300_000;

describe('recorded histories', () => {
  let bundle: WorkflowBundleWithSourceMap;
  beforeAll(async () => {
    bundle = await bundleWorkflows();
  });

  it('exist for every workflow that there is', () => {
    expect([...new Set(recorded.map(({ workflow }) => workflow))].toSorted()).toEqual(
      Object.keys(workflows).toSorted(),
    );
  });

  it.each(recorded)('$workflow/$file replays', async (history) => {
    await Worker.runReplayHistory({ workflowBundle: bundle }, await read(history));
  });

  it.each(recorded)('$workflow/$file is small and names no place of a computer', async (history) => {
    const json = await text(history);
    expect(json.length).toBeLessThan(MAX_BYTES);
    const payloads = [...json.matchAll(/"data":"([A-Za-z0-9+/=]+)"/g)].map(([, data = '']) =>
      Buffer.from(data, 'base64').toString('utf8'),
    );
    for (const place of [tmpdir(), homedir(), process.cwd(), '/home/'])
      expect([json, ...payloads].filter((part) => part.includes(`${place}/`.replace('//', '/')))).toEqual([]);
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

  it('is there for every workflow', () => {
    expect(Object.keys(mutated).toSorted()).toEqual(Object.keys(workflows).toSorted());
  });

  it.each(recorded)('does not replay $workflow/$file', async (history) => {
    await expect(Worker.runReplayHistory({ workflowBundle: bundle }, await read(history))).rejects.toThrow(
      DeterminismViolationError,
    );
  });
});
