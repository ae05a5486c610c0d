import { z } from '@hono/zod-openapi';
import { examine } from '../examine.ts';
import { route } from '../route.ts';
import { healthSchema } from '../schemas/health.ts';

/** For whoever keeps the process alive: it says nothing about what it serves. */
export const getLiveness = route({
  method: 'get',
  path: '/healthz',
  permission: 'public',
  name: 'getLiveness',
  summary: 'The process answers',
  answer: { status: 200, description: 'It does', schema: z.object({ ok: z.literal(true) }) },
  handle: async () => ({ ok: true }),
});

export const getHealth = route({
  method: 'get',
  path: '/v1/health',
  permission: 'read',
  name: 'getHealth',
  summary: 'Every part of the service, checked now',
  answer: { status: 200, description: 'Checks', schema: healthSchema },
  handle: (_call, parts) => examine(parts),
});
