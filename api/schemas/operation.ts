import { z } from '@hono/zod-openapi';
import { operationKinds } from '../../model/index.ts';
import type { Answer } from '../route.ts';
import { failureSchema, timeField } from './common.ts';

export const stepSchema = z
  .object({
    name: z.string(),
    state: z.enum(['running', 'done', 'skipped', 'failed']),
    startedAt: timeField,
    endedAt: timeField.optional(),
    failure: failureSchema.optional(),
    waitingFor: z.string().optional(),
    deadline: timeField.optional(),
    tries: z
      .object({
        count: z.int(),
        cutOff: z.int().openapi({ description: 'ended with the process that was at it' }),
        lastFailure: failureSchema.optional(),
        nextAt: timeField.optional(),
      })
      .optional(),
    usual: z
      .object({ p50: z.number(), p95: z.number(), count: z.int(), alike: z.boolean() })
      .optional()
      .openapi({ description: 'Seconds it usually takes; alike: on this model with this image' }),
  })
  .openapi('Step');

export const operationSchema = z
  .object({
    id: z.string().openapi({ example: 'm-8f2k1/deploy/1' }),
    machineId: z.string(),
    kind: z.enum(operationKinds),
    version: z.int(),
    state: z.enum(['running', 'succeeded', 'failed']),
    summary: z.string(),
    image: z.string().optional(),
    planDigest: z.string().optional(),
    steps: z.array(stepSchema),
    failure: failureSchema.optional(),
    startedAt: timeField,
    endedAt: timeField.optional(),
  })
  .openapi('Operation');

/** An operation and the newest log line of each of its steps. */
export const operationViewSchema = operationSchema
  .extend({ lastLines: z.record(z.string(), z.string()) })
  .openapi('OperationView');

export const operationParams = z.strictObject({
  machine: z.string().max(80),
  kind: z.enum(operationKinds),
  number: z.string().regex(/^[1-9]\d{0,9}$/),
});

export const acceptedSchema = z.object({ operationId: z.string() }).openapi('Accepted');

export const accepted: Answer = {
  status: 202,
  description: 'Accepted; the operation is at work',
  schema: acceptedSchema,
};
