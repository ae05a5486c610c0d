import { z } from '@hono/zod-openapi';
import { examine } from '../examine.ts';
import { route } from '../route.ts';
import { layerSchema, listOf } from '../schemas/answers.ts';
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

export const listLayers = route({
  method: 'get',
  path: '/v1/layers',
  permission: 'read',
  name: 'listLayers',
  summary: 'What can be laid on a deployed machine',
  answer: { status: 200, description: 'Layers', schema: listOf(layerSchema) },
  handle: async (_call, { catalogue }) => ({ items: catalogue.layers }),
});
