import { z } from '@hono/zod-openapi';
import { route } from '../route.ts';

export const getOpenApi = route({
  method: 'get',
  path: '/openapi.json',
  permission: 'read',
  name: 'getOpenApi',
  summary: 'This description, OpenAPI 3.1',
  answer: { status: 200, description: 'The description', schema: z.record(z.string(), z.unknown()) },
  handle: async (_call, { describeApi }) => describeApi(),
});
