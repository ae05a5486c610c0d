import { proxyActivities } from '@temporalio/workflow';
import type { ImageActivities } from '../activities/index.ts';
import type { GcAnswer, GcRequest } from '../model/image-requests.ts';

const activities = proxyActivities<ImageActivities>({
  // Deleting files is quick; a store with 10,000 machines is read twice.
  startToCloseTimeout: '2m',
  scheduleToCloseTimeout: '5m',
  retry: { initialInterval: '1s', maximumInterval: '20s', backoffCoefficient: 2 },
});

/** Takes away images that newer ones replaced, and files that nothing needs. */
export async function collectImages(request: GcRequest): Promise<GcAnswer> {
  return activities.collectImages(request);
}
