import { z } from '@hono/zod-openapi';
import { mismatchPolicies } from '../../model/index.ts';
import { type Mac, parseMac } from '../../net/index.ts';
import { failureSchema, machineNameField } from './common.ts';
import { powerChangeSchema, powerViewSchema } from './power.ts';

const lineField = (longest: number) =>
  z
    .string({ error: 'must be text: put it between quotes' })
    .min(1)
    .max(longest)
    .regex(/^[\x20-\x7e]*$/, 'must be printable ASCII on one line')
    .refine((text) => text.trim() === text, 'must not begin or end with blanks');
const macField = z.string().transform((text, context): Mac => {
  const mac = parseMac(text);
  if (mac) return mac;
  context.addIssue({ code: 'custom', message: 'is no MAC address such as 52:54:00:12:34:56' });
  return z.NEVER;
});
const wordField = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be small letters, digits and hyphens');

const units: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  PB: 1e15,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
  PiB: 1024 ** 5,
};
/** Bytes, or a number with its unit: vendors count disks in GB, memory in GiB. */
const sizeField = z.union([z.number(), z.string()]).transform((value, context): number => {
  const match = /^(\d{1,15}(?:\.\d{1,3})?) ?([KMGTP]i?B|B)?$/.exec(String(value));
  const bytes = match ? Number(match[1]) * (units[match[2] ?? 'B'] ?? Number.NaN) : Number.NaN;
  if (bytes > 0 && bytes <= Number.MAX_SAFE_INTEGER) return Math.round(bytes);
  context.addIssue({ code: 'custom', message: 'is no size such as 512GiB or 960GB' });
  return z.NEVER;
});
const countField = z.int().min(0).max(100_000);

/** One machine of a file, as people write it. */
export const declaredEntrySchema = z
  .strictObject({
    name: machineNameField,
    serial: lineField(128).optional(),
    macs: z.array(macField).max(64).default([]),
    site: wordField.optional(),
    rack: lineField(64).optional(),
    unit: z.int().min(1).max(100).optional(),
    tags: z.array(wordField).max(32).default([]),
    power: powerChangeSchema.optional(),
    expects: z
      .strictObject({
        threads: countField.optional(),
        sockets: countField.optional(),
        memory: sizeField.optional(),
        disks: z
          .strictObject({
            count: countField.optional(),
            size: sizeField.optional(),
            serials: z.array(lineField(128)).max(512).optional(),
          })
          .optional(),
      })
      .default({}),
    onMismatch: z.enum(mismatchPolicies).default('warn'),
  })
  .refine((machine) => machine.serial !== undefined || machine.macs.length > 0, {
    error: 'a serial or a MAC is needed: nothing else says that it is this machine',
    path: ['serial'],
  });
export type DeclaredEntry = z.infer<typeof declaredEntrySchema>;

export const importRequestSchema = z
  .strictObject({
    format: z.enum(['yaml', 'csv']),
    text: z.string().max(1024 * 1024),
    plan: z.boolean().default(false).openapi({ description: 'Only say what would change' }),
  })
  .openapi('DeclaredImportRequest');

export const importAnswerSchema = z
  .object({
    applied: z.boolean(),
    changes: z.array(
      z.object({
        name: z.string(),
        change: z.enum(['create', 'change', 'unchanged']),
        fields: z.array(z.string()).openapi({ description: 'What differs from before' }),
      }),
    ),
  })
  .openapi('DeclaredImport');
export type ImportAnswer = z.infer<typeof importAnswerSchema>;

export const declaredParams = z.strictObject({ name: machineNameField });

export const declaredViewSchema = z
  .object({
    declared: z.object({
      name: z.string(),
      serial: z.string().optional(),
      macs: z.array(z.string()),
      site: z.string().optional(),
      rack: z.string().optional(),
      unit: z.int().optional(),
      tags: z.array(z.string()),
      power: powerViewSchema.optional(),
      expects: z.object({
        threads: z.int().optional(),
        sockets: z.int().optional(),
        memory: z.number().optional(),
        diskCount: z.int().optional(),
        diskSize: z.number().optional(),
        diskSerials: z.array(z.string()).optional(),
      }),
      onMismatch: z.enum(mismatchPolicies),
    }),
    seen: z
      .object({ machineId: z.string(), name: z.string(), state: z.string(), site: z.string() })
      .optional()
      .openapi({ description: 'The machine that it is; absent while it has not arrived' }),
    conflict: failureSchema.shape.message
      .optional()
      .openapi({ description: 'Why nobody can say which machine it is' }),
    differences: z
      .array(
        z.object({
          field: z.string(),
          expected: z.string(),
          found: z.string(),
          severity: z.enum(['major', 'minor']),
        }),
      )
      .optional()
      .openapi({ description: 'Absent until it was commissioned' }),
  })
  .openapi('Declared');
