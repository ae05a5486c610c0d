import type { WorkflowHandle } from '@temporalio/client';
import { CodedError, type Image } from '../model/index.ts';
import type { Parts } from './parts.ts';
import { failureIn, withTemporal } from './temporal.ts';

/** How far a sync or an import is: its state from Temporal, how much of it is done from the store. */
export function imageTask(
  { store, temporal }: Pick<Parts, 'store' | 'temporal'>,
  kind: 'image-sync' | 'image-import',
  id: string,
) {
  const workflowId = `${kind}/${id}`;
  return withTemporal(temporal, async (client) => {
    const task = client.workflow.getHandle(workflowId);
    const description = await task.describe().catch((error: unknown) => {
      if ((error as Error).name !== 'WorkflowNotFoundError') throw error;
      throw new CodedError('NOT_FOUND', `there is no ${kind} ${id}`);
    });
    const progress = await store.images.progress(workflowId);
    const about = {
      id,
      startedAt: description.startTime.toISOString(),
      ...(description.closeTime && { endedAt: description.closeTime.toISOString() }),
      ...(progress && { progress }),
    };
    if (description.status.name === 'RUNNING') return { ...about, state: 'running' };
    return { ...about, ...(await endOf(task)) };
  });
}

async function endOf(task: WorkflowHandle) {
  try {
    const { images } = (await task.result()) as { readonly images: readonly Image[] };
    return { state: 'succeeded', images };
  } catch (error) {
    if ((error as Error).name !== 'WorkflowFailedError') throw error;
    const failure = failureIn(error) ?? { code: 'INTERNAL', message: 'it was ended from outside' };
    return { state: 'failed', failure };
  }
}
