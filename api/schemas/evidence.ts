import { z } from '@hono/zod-openapi';
import { eraseMethods } from '../../model/index.ts';
import { timeField } from './common.ts';

export const evidenceSchema = z
  .object({
    format: z.literal('erase-evidence:1'),
    machineId: z.string(),
    operationId: z.string(),
    bootId: z.string(),
    disk: z.object({
      serial: z.string(),
      wwn: z.string(),
      size: z.int(),
      model: z.string(),
      name: z.string(),
    }),
    level: z.enum(['quick', 'secure', 'full']),
    method: z.enum(eraseMethods),
    startedAt: timeField,
    endedAt: timeField,
    result: z.enum(['ok', 'failed']),
    reason: z.string().optional(),
    verified: z
      .object({ blocks: z.int(), bytes: z.int(), nonZero: z.int(), marked: z.int() })
      .optional()
      .openapi({ description: 'What was read back' }),
  })
  .openapi('EraseEvidence');
