import { describe, expect, it } from 'vitest';
import * as policies from '../../workflows/policies.ts';

const { remoteJob, ...named } = policies;
const options = [
  ...Object.entries(named).filter(([, value]) => typeof value === 'object'),
  ['remoteJob', remoteJob(60_000)],
] as readonly (readonly [string, ReturnType<typeof remoteJob>])[];

describe('every activity', () => {
  it.each(options)('under %s has a limit for one try', (_name, { startToCloseTimeout }) => {
    expect(startToCloseTimeout).toBeDefined();
  });

  it.each(options.filter(([name]) => name !== 'bookkeeping'))(
    'under %s has a limit for all tries: only our own records are tried for as long as it takes',
    (_name, { scheduleToCloseTimeout }) => {
      expect(scheduleToCloseTimeout).toBeDefined();
    },
  );

  it.each(options.filter(([name]) => !['bookkeeping', 'cleanUp'].includes(name)))(
    'under %s shows within a minute that its worker is gone',
    (_name, { heartbeatTimeout }) => {
      expect(heartbeatTimeout).toMatch(/^([1-5]?\d|60)s$/);
    },
  );
});
