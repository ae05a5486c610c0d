import { access, cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runInNamespace } from '../../lab/sim/run/namespace.ts';
import { temporalBinary } from '../../worker/temporal-binary.ts';
import { bundleWorkflows } from '../../worker/workers.ts';
import type { Recorded, RecordOrder } from '../record/run.ts';

/**
 * Two simulated machines go through all that can be asked. What their workflows did replays as it is, and with
 * RW_RECORD_HISTORIES=1 is kept in `test/replay/histories/` under names that are not there yet.
 */
const kept = fileURLToPath(new URL('../replay/histories/', import.meta.url));
let folder: string;
let recorded: Recorded;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rw-histories-'));
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'rackwright');
  // Nothing can be fetched from inside the namespace.
  const order: RecordOrder = { binary: await temporalBinary(cache, console.log), target: folder };
  const script = fileURLToPath(new URL('../record/main.ts', import.meta.url));
  const name = `rw-record-${process.pid}`;
  recorded = JSON.parse(
    await runInNamespace(script, [JSON.stringify(order)], { timeoutMs: 540_000, name }),
  ) as Recorded;
}, 570_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const pathOf = ({ type, name }: Recorded['cases'][number]): string => join(type, `${name}.json`);

it('what was recorded has every part of the story, and no script that the machines did not know', () => {
  expect(recorded.cases.map(pathOf).toSorted()).toEqual([
    'caretaker/revives.json',
    'collectImages/collected.json',
    'commission/failed.json',
    'commission/scripts-and-declaration.json',
    'deploy/from-memory.json',
    'deploy/its-layer-refused.json',
    'deploy/on-a-disk-with-its-bmc-closed.json',
    'deploy/stopped.json',
    'exitRescue/after-a-failure.json',
    'exitRescue/back-to-the-installed-system.json',
    'importImage/of-a-disk.json',
    'importImage/refused.json',
    'machine/a-layer-of-its-deployment-refused.json',
    'machine/after-continue-as-new.json',
    'machine/revived.json',
    'machine/until-continue-as-new.json',
    'power/cycled-by-redfish.json',
    'release/erasing-failed.json',
    'release/of-a-system-in-memory.json',
    'release/with-erasing.json',
    'rescue/of-a-deployed-machine.json',
    'rescue/stopped.json',
    'test/failed.json',
    'test/passed.json',
  ]);
  expect(recorded.unrecognised).toEqual([]);
});

it('it holds no secret: of a BMC, of a system, of the service', async () => {
  expect(recorded.canaries.length).toBeGreaterThan(4);
  for (const each of recorded.cases) {
    const json = await readFile(join(folder, pathOf(each)), 'utf8');
    const payloads = [...json.matchAll(/"data":"([A-Za-z0-9+/=]+)"/g)].map(([, data = '']) =>
      Buffer.from(data, 'base64').toString('utf8'),
    );
    expect(payloads.length).toBeGreaterThan(0);
    const all = [json, ...payloads].join('\n');
    expect(recorded.canaries.filter((canary) => all.includes(canary))).toEqual([]);
    expect(all).not.toContain('binary/encrypted');
  }
});

it('it replays', async () => {
  const workflowBundle = await bundleWorkflows();
  for (const each of recorded.cases) {
    const history = JSON.parse(await readFile(join(folder, pathOf(each)), 'utf8')) as unknown;
    await Worker.runReplayHistory({ workflowBundle }, history);
  }
});

it.runIf(process.env.RW_RECORD_HISTORIES)('it is kept, where there is none of that name', async () => {
  for (const each of recorded.cases) {
    const target = join(kept, pathOf(each));
    const isThere = await access(target).then(
      () => true,
      () => false,
    );
    if (isThere) continue;
    await mkdir(join(kept, each.type), { recursive: true });
    await cp(join(folder, pathOf(each)), target);
  }
});
