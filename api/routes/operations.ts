import { z } from '@hono/zod-openapi';
import { CodedError, type Operation } from '../../model/index.ts';
import type { Store } from '../../store/types.ts';
import { viewOperation } from '../machine-view.ts';
import { route } from '../route.ts';
import { countField } from '../schemas/common.ts';
import { operationParams, operationViewSchema } from '../schemas/operation.ts';
import { tellOperation } from '../story.ts';

/** The id of an operation is the end of its address: `m-8f2k1/deploy/1`. */

export const getOperation = route({
  method: 'get',
  path: '/v1/operations/{machine}/{kind}/{number}',
  permission: 'read',
  name: 'getOperation',
  summary: 'One operation with its steps and the newest log line of each',
  params: operationParams,
  answer: { status: 200, description: 'The operation', schema: operationViewSchema },
  async handle({ params }, parts) {
    const operation = await findOperation(parts.store, params);
    return tellOperation(parts, await viewOperation(parts.store, operation));
  },
});

export const getOperationLog = route({
  method: 'get',
  path: '/v1/operations/{machine}/{kind}/{number}/log',
  permission: 'read',
  name: 'getOperationLog',
  summary: 'Log lines of one step',
  params: operationParams,
  query: z.strictObject({
    step: z.string().min(1).max(200),
    after: countField(Number.MAX_SAFE_INTEGER)
      .default(0)
      .openapi({ description: '`next` of the answer before' }),
    limit: countField(1000).default(500),
  }),
  answer: {
    status: 200,
    description: 'Lines, and where to go on',
    schema: z.object({ items: z.array(z.object({ offset: z.int(), line: z.string() })), next: z.int() }),
  },
  async handle({ params, query }, { store }) {
    const operation = await findOperation(store, params);
    const options = { afterOffset: query.after, limit: Math.max(query.limit, 1) };
    const items = await store.operations.log(operation.id, query.step, options);
    return { items, next: items.at(-1)?.offset ?? query.after };
  },
});

async function findOperation(
  store: Store,
  { machine, kind, number }: z.infer<typeof operationParams>,
): Promise<Operation> {
  const id = `${machine}/${kind}/${number}`;
  const operation = await store.operations.get(id);
  if (operation) return operation;
  throw new CodedError('NOT_FOUND', `there is no operation ${id.replace(/[^\x20-\x7e]/g, '?')}`);
}
