import { setTimeout as delay } from 'node:timers/promises';
import type { Context } from '@temporalio/activity';
import { type ActivityInterceptors, Worker, type WorkerOptions } from '@temporalio/worker';
import { armed, type Mine, type Moment, take, untilLanded } from './crash-point.ts';

/**
 * Loaded before the program (`node --import`): its workers kill their own process with SIGKILL at the point that the
 * file names, or stand still there until something else was hit. The program itself knows nothing of it.
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
  const lies = (moment: Moment): Mine | undefined => {
    const mine = armed(file);
    if (!mine || mine.moment !== moment || mine.activity !== info.activityType) return undefined;
    const [, , kind] = (info.workflowExecution?.workflowId ?? '').split('/');
    return kind === mine.kind && info.activityId === mine.activityId ? mine : undefined;
  };
  const die = (): never => {
    process.kill(process.pid, 'SIGKILL');
    throw new Error('killed');
  };
  const meet = async (moment: Moment): Promise<void> => {
    const mine = lies(moment);
    if (!mine || !take(file)) return;
    if (mine.hits === 'worker') die();
    if (moment !== 'during') await untilLanded(file);
  };
  return {
    inbound: {
      async execute(input, next) {
        await meet('before');
        const work = next(input);
        if (lies('during')) {
          await Promise.race([work.catch(() => undefined), delay(DURING_MS)]);
          await meet('during');
        }
        const result = await work;
        await meet('after');
        return result;
      },
    },
  };
}
