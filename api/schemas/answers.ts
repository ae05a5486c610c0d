import { z } from '@hono/zod-openapi';
import { timeField } from './common.ts';

export const eventSchema = z
  .object({
    cursor: z.int(),
    at: timeField,
    kind: z.string(),
    machineId: z.string().optional(),
    operationId: z.string().optional(),
    message: z.string(),
    data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  })
  .openapi('Event');

export const planAnswerSchema = z
  .object({
    plan: z.record(z.string(), z.unknown()).openapi({ description: 'Document of format deploy-plan:3' }),
    digest: z.string(),
    lines: z.array(z.string()),
  })
  .openapi('PlanAnswer');

export const listOf = <Item extends z.ZodType>(item: Item) => z.object({ items: z.array(item) });
