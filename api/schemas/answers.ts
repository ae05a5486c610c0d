import { z } from '@hono/zod-openapi';
import { archField, failureSchema, timeField } from './common.ts';

const fileSchema = z.object({ sha256: z.string(), size: z.int() });

export const imageSchema = z
  .object({
    name: z.string(),
    os: z.string(),
    version: z.string(),
    codename: z.string(),
    title: z.string(),
    arch: archField,
    kernel: z.string(),
    flavour: z.string(),
    serial: z.string(),
    files: z.object({ 'boot-kernel': fileSchema, 'boot-initrd': fileSchema, squashfs: fileSchema }),
    kernelPackage: z.string(),
    stream: z.string(),
    syncedAt: timeField,
  })
  .openapi('Image');

export const syncStateSchema = z
  .object({
    id: z.string(),
    state: z.enum(['running', 'succeeded', 'failed']),
    startedAt: timeField,
    endedAt: timeField.optional(),
    images: z.array(imageSchema).optional(),
    failure: failureSchema.optional(),
  })
  .openapi('ImageSync');

export const layerSchema = z
  .object({ name: z.string(), version: z.string(), summary: z.string(), systems: z.array(z.string()) })
  .openapi('Layer');

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
    plan: z.record(z.string(), z.unknown()).openapi({ description: 'Document of format deploy-plan:1' }),
    digest: z.string(),
    lines: z.array(z.string()),
  })
  .openapi('PlanAnswer');

export const listOf = <Item extends z.ZodType>(item: Item) => z.object({ items: z.array(item) });
