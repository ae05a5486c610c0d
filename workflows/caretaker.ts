import { proxyActivities } from '@temporalio/workflow';
import type { CaretakerActivities } from '../activities/index.ts';
import { bookkeeping } from './policies.ts';

const { reviveLost } = proxyActivities<CaretakerActivities>({
  ...bookkeeping,
  startToCloseTimeout: '60s',
  scheduleToCloseTimeout: '5m',
});

/** No machine that is known stays without a workflow. */
export async function caretaker(): Promise<void> {
  await reviveLost();
}
