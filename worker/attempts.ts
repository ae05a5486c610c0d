import type { Context } from '@temporalio/activity';
import type { ActivityInterceptors } from '@temporalio/worker';
import { codeOf, failureOf } from '../model/index.ts';
import type { Store } from '../store/index.ts';
import { operationOf } from '../workflows/messages.ts';

/**
 * Writes down every try of what touches a machine, so that its story can be told while it goes on and after its end.
 * A try without an end was cut off with its worker. The story is never a reason for a step to fail.
 */
export function attempts(timeline: Store['timeline']): (context: Context) => ActivityInterceptors {
  return ({ info }) => ({
    inbound: {
      async execute(input, next) {
        const operationId = operationOf(info.workflowExecution?.workflowId);
        if (operationId === undefined) return next(input);
        const { activityId, activityType: activity, attempt } = info;
        const about = { operationId, activityId, activity, attempt, beganAt: new Date().toISOString() };
        const ended = (failure?: ReturnType<typeof failureOf>) =>
          timeline
            .ended({ ...about, endedAt: new Date().toISOString(), ...(failure && { failure }) })
            .catch(() => undefined);
        await timeline.began(about).catch(() => undefined);
        try {
          const result = await next(input);
          await ended();
          return result;
        } catch (error) {
          await ended(codeOf(error) ? failureOf(error) : undefined);
          throw error;
        }
      },
    },
  });
}
