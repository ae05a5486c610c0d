import { proxyActivities } from '@temporalio/workflow';
import type { PlanActivities } from '../activities/index.ts';
import type { PlanAnswer, PlanRequest } from '../model/requests.ts';
import { bookkeeping } from './policies.ts';

const { previewPlan } = proxyActivities<PlanActivities>({ ...bookkeeping, scheduleToCloseTimeout: '60s' });

/** What would a deployment do? Touches nothing. */
export async function planDeploy(request: PlanRequest): Promise<PlanAnswer> {
  return previewPlan(request);
}
