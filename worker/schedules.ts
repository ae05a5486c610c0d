import { type Client, ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import { CONTROL_QUEUE } from '../workflows/messages.ts';

/** A machine without a workflow is found within this time. */
const CARETAKER_EVERY = '1m';

/** What has to happen again and again, kept by Temporal: asked for at every start, there once. */
export async function ensureSchedules(client: Client): Promise<void> {
  try {
    await client.schedule.create({
      scheduleId: 'caretaker',
      spec: { intervals: [{ every: CARETAKER_EVERY }] },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1m' },
      action: {
        type: 'startWorkflow',
        workflowType: 'caretaker',
        workflowId: 'caretaker',
        taskQueue: CONTROL_QUEUE,
        args: [],
      },
    });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}
