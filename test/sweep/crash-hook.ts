import { setTimeout as delay } from 'node:timers/promises';
import type { Context } from '@temporalio/activity';
import { type ActivityInterceptors, Worker, type WorkerOptions } from '@temporalio/worker';
import { armed, type Moment, take } from './crash-point.ts';

/**
 * Loaded before the program (`node --import`): its workers kill their own process with SIGKILL at the point that the
 * file names. The program itself knows nothing of it.
 */
const file = process.env.RW_CRASH_POINT ?? '';
/** Long enough for the first word to the machine or the store, short enough to be before the last one. */
const DURING_MS = 12;

const create = Worker.create.bind(Worker);
Worker.create = (options: WorkerOptions) =>
  create({
    ...options,
    interceptors: {
      ...options.interceptors,
      activity: [crashing, ...(options.interceptors?.activity ?? [])],
    },
  });

function crashing({ info }: Context): ActivityInterceptors {
  const strikes = (moment: Moment): boolean => {
    const point = armed(file);
    if (!point || point.moment !== moment || point.activity !== info.activityType) return false;
    const [, , kind] = (info.workflowExecution?.workflowId ?? '').split('/');
    if (kind !== point.kind || info.activityId !== point.activityId) return false;
    return take(file);
  };
  const die = (): never => {
    process.kill(process.pid, 'SIGKILL');
    throw new Error('killed');
  };
  return {
    inbound: {
      async execute(input, next) {
        if (strikes('before')) die();
        const work = next(input);
        if (strikes('during')) {
          await Promise.race([work.catch(() => undefined), delay(DURING_MS)]);
          die();
        }
        const result = await work;
        if (strikes('after')) die();
        return result;
      },
    },
  };
}
