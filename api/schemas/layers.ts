import { z } from '@hono/zod-openapi';
import { failureSchema, timeField } from './common.ts';
import { layerRequestSchema } from './requests.ts';

export const layerSchema = z
  .object({
    name: z.string(),
    version: z.string(),
    summary: z.string(),
    systems: z.array(z.string()),
    conflicts: z.array(z.string()),
    roles: z.array(
      z.object({
        name: z.string(),
        does: z.string(),
        min: z.int(),
        max: z.int().optional(),
        verifies: z.literal(true).optional(),
      }),
    ),
    secrets: z.array(
      z.object({
        name: z.string(),
        does: z.string(),
        from: z.enum(['generated', 'operator']),
        optional: z.literal(true).optional(),
      }),
    ),
    schema: z.record(z.string(), z.unknown()).openapi({ description: 'JSON schema of its parameters' }),
  })
  .openapi('Layer');

export const layerParams = z.strictObject({ layer: z.string().min(1).max(40) });

const roleField = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'is no role');
const placeSchema = z.strictObject({ machine: z.string().min(1).max(80), role: roleField });
const onlyField = z
  .enum(['lay', 'verify'])
  .optional()
  .openapi({ description: 'Default: it is laid, and verified after' });
/** By name; kept sealed, and never in a history. */
const secretsField = z
  .record(z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'is no name of a secret'), z.string().min(1).max(16_384))
  .optional();

export const layerPlanRequestSchema = layerRequestSchema
  .extend({ role: roleField.optional(), members: z.array(placeSchema).max(1000).optional() })
  .openapi('LayerPlanRequest');

export const layerApplySchema = layerRequestSchema
  .extend({
    only: onlyField,
    secrets: secretsField,
    planDigest: z
      .string()
      .regex(/^[0-9a-f]{8,64}$/, 'is no digest of a plan')
      .optional(),
  })
  .openapi('LayerApplyRequest');

export const layingRequestSchema = z
  .strictObject({
    machines: z
      .array(placeSchema.extend({ role: roleField.optional() }))
      .min(1)
      .max(1000),
    parameters: layerRequestSchema.shape.parameters,
    limit: z.int().min(1).max(200).default(10).openapi({ description: 'Machines at work side by side' }),
    secrets: secretsField,
  })
  .openapi('LayingRequest');

export const layerPlanSchema = z
  .object({ digest: z.string(), lines: z.array(z.string()) })
  .openapi('LayerPlan');

export const layingSchema = z
  .object({
    layer: z.string(),
    state: z.enum(['running', 'succeeded', 'failed']),
    machines: z.array(
      z.object({
        machineId: z.string(),
        name: z.string(),
        role: z.string().optional(),
        state: z.enum(['waiting', 'running', 'succeeded', 'failed']),
        operationId: z.string().optional(),
        failure: failureSchema.optional(),
      }),
    ),
    failure: failureSchema.optional(),
  })
  .openapi('Laying');

export const appliedLayerSchema = z.object({
  name: z.string(),
  version: z.string(),
  since: timeField,
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  role: z.string().optional(),
  members: z
    .array(z.object({ machineId: z.string(), name: z.string(), address: z.string(), role: z.string() }))
    .optional(),
  verifiedAt: timeField.optional(),
});
