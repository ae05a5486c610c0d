import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../workflows/steps.ts';

const unreachable = ApplicationFailure.create({
  type: 'BMC_UNREACHABLE',
  message: 'The BMC does not answer.',
  details: [{ code: 'BMC_UNREACHABLE', message: 'The BMC does not answer.' }],
});
const late = (cause?: Error): TimeoutFailure =>
  Object.assign(new TimeoutFailure('activity timed out', undefined, 'SCHEDULE_TO_CLOSE'), { cause });
const ofActivity = (cause: Error): ActivityFailure =>
  new ActivityFailure('Activity task failed', 'orderPower', '1', 'TIMEOUT', 'worker', cause);

describe('what an activity failed with', () => {
  it.each([
    ['its own words', unreachable, 'BMC_UNREACHABLE'],
    ['what its last try said, when the time for all tries was over', late(unreachable), 'BMC_UNREACHABLE'],
    ['its deadline, when no try said anything', late(), 'STEP_DEADLINE'],
    ['its deadline, when each try ran into one', late(late()), 'STEP_DEADLINE'],
    ['a fault of ours, when it is nothing that we know', new Error('what'), 'INTERNAL'],
  ])('is %s', (_what, cause, code) => {
    expect(failureOf(ofActivity(cause))).toMatchObject({ code });
  });
});
