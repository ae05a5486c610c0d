import { z } from '@hono/zod-openapi';
import { hardwareTypes, parallelKinds, parameterKinds, scriptTypes, verdicts } from '../../model/index.ts';
import { timeField } from './common.ts';

/** As long as a name of a script may be; which characters it may have, its header is held against. */
export const scriptParams = z.strictObject({ name: z.string().min(1).max(64) });

export const scriptRequestSchema = z
  .strictObject({
    content: z.string().openapi({ description: 'The whole text, with its header; at most 512 KiB' }),
    name: z.string().max(64).optional().openapi({ description: 'When the header names none' }),
  })
  .openapi('ScriptRequest');

const parameterSchema = z.object({
  kind: z.enum(parameterKinds),
  title: z.string(),
  description: z.string(),
  argumentFormat: z.string(),
  default: z.string().optional(),
  required: z.boolean(),
  min: z.int().optional(),
  max: z.int().optional(),
});

const described = z.object({ name: z.string(), title: z.string(), description: z.string() });

export const scriptSchema = z
  .object({
    sha256: z.string(),
    shipped: z.boolean().openapi({ description: 'It comes with Rackwright' }),
    addedAt: timeField.optional(),
    metadata: z.object({
      ...described.shape,
      tags: z.array(z.string()),
      type: z.enum(scriptTypes),
      hardware: z.enum(hardwareTypes),
      parallel: z.enum(parallelKinds),
      timeoutSeconds: z.int(),
      packages: z.array(z.string()),
      missingPackages: z.enum(['fail', 'skip', 'run']),
      parameters: z.record(z.string(), parameterSchema),
      results: z.array(described),
      forHardware: z.array(z.string()),
      destructive: z.boolean(),
      recommission: z.boolean(),
      applyConfiguredNetworking: z.boolean(),
    }),
  })
  .openapi('Script');

export const scriptTextSchema = scriptSchema.extend({ content: z.string() }).openapi('ScriptText');

const value = z.union([z.string(), z.number(), z.boolean()]);
export const scriptResultSchema = z
  .object({
    operationId: z.string(),
    machineId: z.string(),
    step: z.string(),
    script: z.string(),
    sha256: z.string().openapi({ description: 'The version that ran' }),
    type: z.enum(scriptTypes),
    hardware: z.enum(hardwareTypes),
    target: z
      .object({
        kind: z.enum(['cpu', 'memory', 'disk', 'nic']),
        name: z.string().optional(),
        serial: z.string().optional(),
        wwn: z.string().optional(),
        size: z.int().optional(),
        model: z.string().optional(),
        mac: z.string().optional(),
      })
      .optional(),
    verdict: z.enum(verdicts),
    exitCode: z.int().optional(),
    reason: z.string().optional(),
    startedAt: timeField,
    endedAt: timeField,
    values: z.record(z.string(), z.union([value, z.array(value)])),
    tail: z.string(),
  })
  .openapi('ScriptResult');
