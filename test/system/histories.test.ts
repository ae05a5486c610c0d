import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RecordedStory, recordStory } from '../fixtures/recorded.ts';

/**
 * Two simulated machines go through all that can be asked. What their workflows did replays as it is, and with
 * RW_RECORD_HISTORIES=1 is kept in `test/replay/histories/` under names that are not there yet.
 */
let recorded: RecordedStory;
beforeAll(async () => {
  recorded = await recordStory('operations');
}, 570_000);
afterAll(() => recorded?.remove());

it('what was recorded has every part of the story, and no script that the machines did not know', () => {
  expect(recorded.paths).toEqual([
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
  expect(await recorded.leaks()).toEqual([]);
});

it('it replays', () => recorded.replay());

it.runIf(process.env.RW_RECORD_HISTORIES)('it is kept, where there is none of that name', () =>
  recorded.keep(),
);
