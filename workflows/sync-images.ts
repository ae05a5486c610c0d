import { proxyActivities } from '@temporalio/workflow';
import type { ImageActivities } from '../activities/index.ts';
import type { SyncAnswer, SyncRequest } from '../model/requests.ts';

const { syncStream } = proxyActivities<ImageActivities>({
  // A whole stream is gigabytes over a slow line; every try goes on where the last one was cut.
  startToCloseTimeout: '6h',
  scheduleToCloseTimeout: '24h',
  heartbeatTimeout: '60s',
  retry: { initialInterval: '5s', maximumInterval: '5m', backoffCoefficient: 2 },
});

/** Brings what the stream offers here, verified. What was here before serves until the new is whole. */
export async function syncImages(request: SyncRequest): Promise<SyncAnswer> {
  return syncStream(request);
}
