import { ApplicationFailure } from '@temporalio/activity';
import type { ActivityInterceptors } from '@temporalio/worker';
import { codeOf, errorTable, failureOf } from '../model/index.ts';

/** Every coded error leaves an activity as a failure of that type; the table says whether another try can help. */
export function codedFailures(): ActivityInterceptors {
  return {
    inbound: {
      async execute(input, next) {
        try {
          return await next(input);
        } catch (error) {
          const code = codeOf(error);
          if (!code) throw error;
          throw ApplicationFailure.create({
            type: code,
            message: error instanceof Error ? error.message : code,
            nonRetryable: errorTable[code].retry !== 'later',
            details: [failureOf(error)],
            ...(error instanceof Error && { cause: error }),
          });
        }
      },
    },
  };
}
