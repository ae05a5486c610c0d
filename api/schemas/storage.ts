import { z } from '@hono/zod-openapi';
import {
  arrayLevels,
  cacheModes,
  customFileSystems,
  rootFileSystems,
  type StorageRequest,
} from '../../model/index.ts';

/**
 * Shapes, and sizes in words. Whether a disk is there, a member is free and a size fits is decided with the machine's inventory,
 * when the plan is made; that names the path at fault in the same way.
 */
const units: Readonly<Record<string, number>> = {
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
};

/** `32GiB`, `1.5 TB`, or bytes. */
const sizeField = z
  .union([z.int().positive(), z.string().max(24)])
  .transform((value, context) => {
    if (typeof value === 'number') return value;
    const [, number = '', unit = ''] = /^(\d{1,6}(?:\.\d{1,3})?) ?([MGT]i?B)$/.exec(value) ?? [];
    const bytes = Math.round(Number(number) * (units[unit] ?? Number.NaN));
    if (Number.isSafeInteger(bytes) && bytes > 0) return bytes;
    context.addIssue({ code: 'custom', message: 'is no size such as 32GiB, 1.5TB or a number of bytes' });
    return z.NEVER;
  })
  .openapi({ type: 'string', example: '32GiB' });
const restOr = z.union([z.literal('rest'), sizeField]);

const name = z.string().min(1).max(31);
const word = z.string().min(1).max(128);

const selector = {
  serial: word.optional(),
  wwn: word.optional(),
  path: word.optional().openapi({ example: 'pci-0000:00:05.0-nvme-1' }),
  model: word.optional(),
  transport: word.optional().openapi({ example: 'nvme' }),
  rotation: z.enum(['solid', 'rotating']).optional(),
  sizeMin: sizeField.optional(),
  sizeMax: sizeField.optional(),
};
const diskSelector = z.strictObject(selector);

const preset = z.strictObject({
  layout: z.enum(['flat', 'lvm', 'raid1', 'raid10', 'zfs']),
  disks: z
    .array(z.strictObject({ ...selector, count: z.int().min(1).max(32).optional() }))
    .max(32)
    .optional(),
  fileSystem: z.enum(rootFileSystems).optional(),
  rootSize: restOr.optional(),
  swap: sizeField.optional(),
  group: name.optional(),
});

const bcache = z.strictObject({
  layout: z.literal('bcache'),
  backing: diskSelector.optional(),
  cache: diskSelector.optional(),
  mode: z.enum(cacheModes).optional(),
  fileSystem: z.enum(rootFileSystems).optional(),
});

const custom = z.strictObject({
  layout: z.literal('custom'),
  disks: z
    .array(
      z.strictObject({
        name,
        select: diskSelector,
        partitions: z
          .array(z.strictObject({ name, size: restOr, use: z.enum(['linux', 'bios', 'efi']).optional() }))
          .max(32),
      }),
    )
    .min(1)
    .max(64),
  arrays: z
    .array(z.strictObject({ name, level: z.enum(arrayLevels), members: z.array(name).max(32) }))
    .max(32)
    .optional(),
  groups: z
    .array(
      z.strictObject({
        name,
        members: z.array(name).max(64),
        volumes: z.array(z.strictObject({ name, size: restOr })).max(64),
      }),
    )
    .max(32)
    .optional(),
  caches: z
    .array(z.strictObject({ name, backing: name, cache: name, mode: z.enum(cacheModes).optional() }))
    .max(8)
    .optional(),
  fileSystems: z
    .array(
      z.strictObject({
        on: name,
        kind: z.enum(customFileSystems),
        label: z.string().min(1).max(63).optional(),
        mount: z.string().min(1).max(128).optional(),
        options: z.array(z.string().min(1).max(200)).max(16).optional(),
      }),
    )
    .min(1)
    .max(64),
});

// What came as JSON holds no undefined fields, which is all that the schema's type says beside the model's.
export const storageRequestSchema = z
  .discriminatedUnion('layout', [preset, bcache, custom])
  .openapi('StorageRequest') as unknown as z.ZodType<StorageRequest>;
