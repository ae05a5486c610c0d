import { createHash } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import type { WorkflowHandle } from '@temporalio/client';
import { CodedError, type SyncAnswer } from '../../model/index.ts';
import { CONTROL_QUEUE } from '../../workflows/messages.ts';
import { route } from '../route.ts';
import { imageSchema, listOf, syncStateSchema } from '../schemas/answers.ts';
import { syncRequestSchema } from '../schemas/requests.ts';
import { failureIn, withTemporal } from '../temporal.ts';

export const listImages = route({
  method: 'get',
  path: '/v1/images',
  permission: 'read',
  name: 'listImages',
  summary: 'Images that are here, verified',
  answer: { status: 200, description: 'Images', schema: listOf(imageSchema) },
  async handle(_call, { store }) {
    return { items: await store.images.list() };
  },
});

export const syncImages = route({
  method: 'post',
  path: '/v1/images/sync',
  permission: 'configure',
  name: 'syncImages',
  summary: 'Fetch images from a signed stream. One that is at work for this stream is joined',
  body: syncRequestSchema,
  answer: { status: 202, description: 'At work', schema: z.object({ id: z.string() }) },
  async handle({ body }, { temporal }) {
    const id = createHash('sha256').update(body.url).digest('hex').slice(0, 12);
    await withTemporal(temporal, (client) =>
      client.workflow.start('syncImages', {
        taskQueue: CONTROL_QUEUE,
        workflowId: workflowIdOf(id),
        workflowIdConflictPolicy: 'USE_EXISTING',
        args: [body],
      }),
    );
    return { id };
  },
});

export const getSync = route({
  method: 'get',
  path: '/v1/images/sync/{id}',
  permission: 'read',
  name: 'getImageSync',
  summary: 'How far a fetch is',
  params: z.strictObject({ id: z.string().regex(/^[0-9a-f]{12}$/, 'is no id of a fetch') }),
  answer: { status: 200, description: 'Its state', schema: syncStateSchema },
  handle({ params }, { temporal }) {
    return withTemporal(temporal, async (client) => {
      const sync = client.workflow.getHandle(workflowIdOf(params.id));
      const description = await sync.describe().catch((error: unknown) => {
        if ((error as Error).name !== 'WorkflowNotFoundError') throw error;
        throw new CodedError('NOT_FOUND', `there is no image fetch ${params.id}`);
      });
      const about = {
        id: params.id,
        startedAt: description.startTime.toISOString(),
        ...(description.closeTime && { endedAt: description.closeTime.toISOString() }),
      };
      if (description.status.name === 'RUNNING') return { ...about, state: 'running' };
      return { ...about, ...(await endOf(sync)) };
    });
  },
});

async function endOf(sync: WorkflowHandle) {
  try {
    const { images } = (await sync.result()) as SyncAnswer;
    return { state: 'succeeded', images };
  } catch (error) {
    if ((error as Error).name !== 'WorkflowFailedError') throw error;
    const failure = failureIn(error) ?? { code: 'INTERNAL', message: 'the fetch was ended from outside' };
    return { state: 'failed', failure };
  }
}

function workflowIdOf(id: string): string {
  return `image-sync/${id}`;
}
