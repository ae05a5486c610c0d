import { proxyActivities } from '@temporalio/workflow';
import type { LayerPlanActivities } from '../activities/index.ts';
import type { LayerPlanAnswer, LayerPlanRequest } from '../model/layer.ts';
import { bookkeeping } from './policies.ts';

const { previewLayers } = proxyActivities<LayerPlanActivities>({
  ...bookkeeping,
  scheduleToCloseTimeout: '60s',
});

/** What would laying them do? Touches nothing. */
export async function planLayers(request: LayerPlanRequest): Promise<LayerPlanAnswer> {
  return previewLayers(request);
}
