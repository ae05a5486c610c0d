import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Operation } from '../../model/index.ts';
import { type RecordedStory, recordStory } from '../fixtures/recorded.ts';

/** Layers that have their machines start anew, on simulated machines of which some hang on the way. */
let recorded: RecordedStory;
beforeAll(async () => {
  recorded = await recordStory('restarts');
}, 570_000);
afterAll(() => recorded?.remove());

function operationOf(name: string): Operation {
  const found = recorded.cases.find((each) => each.name === name)?.operation;
  if (!found) throw new Error(`nothing was recorded of ${name}`);
  return found;
}
/** From where the machine is told to go, without its name. */
const stepsOf = (name: string) => {
  const steps = operationOf(name).steps.map(
    (step) => `${step.name.replace(/(start|of|await) \S+?(,| anew|$)/, '$1 it$2')}: ${step.state}`,
  );
  return steps.slice(steps.findIndex((step) => step.startsWith('xen: enter Xen')));
};
const verified = expect.arrayContaining(['xen: verify the hypervisor answers: done']);

it('a machine that comes back goes on with what is to be verified', () => {
  expect(operationOf('started-anew')).toMatchObject({ state: 'succeeded' });
  expect(stepsOf('started-anew').slice(0, 2)).toEqual(['xen: enter Xen: done', 'xen: start it anew: done']);
  expect(stepsOf('started-anew')).toEqual(verified);
});

it('one that hangs is switched off and on by its BMC, once, and goes on', () => {
  expect(operationOf('its-power-cycled')).toMatchObject({ state: 'succeeded' });
  expect(stepsOf('its-power-cycled').slice(0, 4)).toEqual([
    'xen: enter Xen: done',
    'xen: start it anew: done',
    'xen: cycle the power of it, which stays away: done',
    'xen: await it: done',
  ]);
  expect(stepsOf('its-power-cycled')).toEqual(verified);
});

it('one that hangs and that only a person could switch is told, and since when', () => {
  const { state, failure } = operationOf('stays-away');
  expect({ state, code: failure?.code }).toEqual({ state: 'failed', code: 'RESTART_OVERDUE' });
  expect(failure?.message).toMatch(/told to start anew for xen and did not come back in 1 minute\.$/);
  expect(stepsOf('stays-away')).toEqual(['xen: enter Xen: done', 'xen: start it anew: done']);
});

it('what was recorded replays, and holds no secret', async () => {
  await recorded.replay();
  expect(await recorded.leaks()).toEqual([]);
});

it.runIf(process.env.RW_RECORD_HISTORIES)('it is kept, where there is none of that name', () =>
  recorded.keep(),
);
