import { proxyActivities } from '@temporalio/workflow';
import type { ImageActivities } from '../activities/index.ts';
import type { ImportAnswer, ImportRequest } from '../model/image-requests.ts';

const activities = proxyActivities<ImageActivities>({
  // A disk of 256 GiB is unpacked and compressed at 100 MB/s at worst; a fetch goes on where the last one was cut.
  startToCloseTimeout: '6h',
  scheduleToCloseTimeout: '12h',
  heartbeatTimeout: '60s',
  retry: { initialInterval: '5s', maximumInterval: '5m', backoffCoefficient: 2 },
});

/** Makes an image of an operator's own file. Until it returns, there is none. */
export async function importImage(request: ImportRequest): Promise<ImportAnswer> {
  return activities.importImage(request);
}
