import { ApplicationFailure } from '@temporalio/activity';
import { describe, expect, it } from 'vitest';
import { CodedError, type ErrorCode, errorTable } from '../../model/index.ts';
import { codedFailures } from '../../worker/coded-failures.ts';

const leave = async (thrown: unknown): Promise<unknown> => {
  const execute = codedFailures().inbound?.execute;
  return execute?.({ args: [], headers: {} }, () => Promise.reject(thrown)).catch((error: unknown) => error);
};

describe('a coded error that leaves an activity', () => {
  it.each(Object.keys(errorTable) as ErrorCode[])('%s is tried again only if that can help', async (code) => {
    const failure = await leave(new CodedError(code, 'Something of r1-u1 is so.', { name: 'r1-u1' }));
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({
      type: code,
      nonRetryable: errorTable[code].retry !== 'later',
      details: [{ code, message: 'Something of r1-u1 is so.', details: { name: 'r1-u1' } }],
    });
  });

  it('leaves any other error as it is: it may pass', async () => {
    const error = new TypeError('a bug');
    expect(await leave(error)).toBe(error);
  });
});
