import { z } from '@hono/zod-openapi';
import { compressions, type Firmware, type ImageLayout, imageLayouts } from '../../model/index.ts';
import { archField, failureSchema, imageNameField, timeField } from './common.ts';

const fileSchema = z.object({ sha256: z.string(), size: z.int() });

export const imageSchema = z
  .object({
    kind: z.enum(['root', 'disk']),
    name: z.string(),
    os: z.string(),
    version: z.string(),
    codename: z.string(),
    title: z.string(),
    arch: archField,
    kernel: z.string(),
    flavour: z.string(),
    serial: z.string(),
    files: z
      .object({
        'boot-kernel': fileSchema.optional(),
        'boot-initrd': fileSchema.optional(),
        squashfs: fileSchema.optional(),
        tar: fileSchema.extend({ compression: z.enum(compressions) }).optional(),
        disk: fileSchema.optional(),
      })
      .openapi({
        description: 'By kind: a root image to boot has three, an own one has one; a disk has `disk`',
      }),
    kernelPackage: z.string().optional(),
    raw: fileSchema.optional().openapi({ description: 'What a disk holds after it was written' }),
    firmware: z.array(z.enum(['bios', 'uefi'])).optional(),
    cloudInit: z.boolean().optional(),
    defaultUser: z.string().optional(),
    layout: z.enum(imageLayouts).optional(),
    stream: z.string(),
    syncedAt: timeField,
    signedBy: z.string().optional(),
    importedFrom: z.string().optional(),
  })
  .openapi('Image');

export const usedImageSchema = imageSchema
  .extend({ usedBy: z.array(z.string()).openapi({ description: 'Who needs it, for people' }) })
  .openapi('UsedImage');

export const progressSchema = z
  .object({
    stage: z.string(),
    path: z.string(),
    bytes: z.int(),
    totalBytes: z.int().optional(),
    files: z.int().optional(),
    totalFiles: z.int().optional(),
    bytesPerSecond: z.int(),
    secondsLeft: z.int().optional(),
  })
  .openapi('ImageProgress');

export const imageTaskSchema = z
  .object({
    id: z.string(),
    state: z.enum(['running', 'succeeded', 'failed']),
    startedAt: timeField,
    endedAt: timeField.optional(),
    progress: progressSchema.optional(),
    images: z.array(imageSchema).optional(),
    failure: failureSchema.optional(),
  })
  .openapi('ImageTask');

export const imageTaskParams = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{12}$/, 'is no id of a sync or an import'),
});

const keyringField = z
  .string()
  .max(512 * 1024)
  .refine(
    (text) => text.includes('-----BEGIN PGP PUBLIC KEY BLOCK-----'),
    'is no armoured OpenPGP public key',
  )
  .refine((text) => !text.includes('PRIVATE KEY BLOCK'), 'holds a private key: give the public one');

/** One, or any of several. */
const anyOf = <Item extends z.ZodType>(item: Item) => z.union([item, z.array(item).min(1).max(16)]);

const systemWord = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'is no name of a system such as ubuntu');
const releaseWord = z.string().regex(/^[a-z0-9][a-z0-9.]{0,15}$/, 'is no version or codename such as 24.04');
const kernelWord = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/, 'is no kernel such as ga-24.04');

export const syncRequestSchema = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
      .max(2048)
      .refine((text) => !/^[a-z]+:\/\/[^/]*@/i.test(text), 'must hold no user name'),
    keyring: keyringField,
    os: anyOf(systemWord).optional(),
    release: anyOf(releaseWord).optional(),
    version: releaseWord.optional().openapi({ description: 'As `release`; older' }),
    arch: anyOf(archField).default('amd64'),
    kernel: anyOf(kernelWord).optional(),
  })
  .openapi('SyncRequest');

const sha256Field = z.string().regex(/^[0-9a-f]{64}$/, 'is no SHA-256 in small hexadecimal digits');
const oneLine = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[^\x00-\x1f\x7f]+$/, 'must be one line');

const commonImport = {
  name: imageNameField,
  arch: archField.default('amd64'),
  title: oneLine.optional(),
  serial: z
    .string()
    .regex(/^\d[\w.-]{0,63}$/, 'is no serial such as 20261122.1: it begins with a digit')
    .optional()
    .openapi({ description: 'Default: the time of the request' }),
  compression: z.enum(compressions).default('none'),
  // A digest stands here and is never fetched from anywhere (docs/security.md, rule 25).
  source: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('upload'), sha256: sha256Field }),
    z.strictObject({
      kind: z.literal('url'),
      url: z
        .url({ protocol: /^https$/, error: 'must be an https URL' })
        .max(2048)
        .refine((text) => !/^[a-z]+:\/\/[^/]*@/i.test(text), 'must hold no user name'),
      sha256: sha256Field,
    }),
  ]),
  signed: z
    .strictObject({
      signature: z
        .string()
        .max(64 * 1024)
        .refine((text) => text.includes('-----BEGIN PGP SIGNATURE-----'), 'is no armoured OpenPGP signature'),
      keyring: keyringField,
    })
    .optional(),
  unsigned: z.literal(true, 'must be true where there is no signature').optional(),
};

/** What cannot be true of a disk that is laid out so. */
function unlikeItsLayout(disk: {
  readonly layout?: ImageLayout | undefined;
  readonly arch: string;
  readonly firmware: readonly Firmware[];
  readonly cloudInit: boolean;
}): readonly (readonly [field: string, message: string])[] {
  switch (disk.layout) {
    case undefined:
      return [];
    case 'ubuntu-core':
      return [
        // Its kernel is a program for UEFI, which GRUB chain-loads (snapcore/pc-gadget, branches 20 and later).
        ...(disk.firmware.includes('bios')
          ? [['firmware', 'Ubuntu Core starts by uefi alone'] as const]
          : []),
        ...(disk.cloudInit ? [] : [['cloudInit', 'Ubuntu Core has cloud-init'] as const]),
      ];
    case 'esxi':
      return [
        ...(disk.arch === 'amd64' ? [] : [['arch', 'ESXi is for amd64'] as const]),
        ...(disk.cloudInit ? [['cloudInit', 'ESXi has no cloud-init'] as const] : []),
      ];
  }
}

export const importRequestSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('root'),
      format: z.enum(['squashfs', 'tar']),
      kernelPackage: z
        .string()
        .regex(/^[a-z0-9][a-z0-9+.-]{1,100}$/, 'is no name of a package')
        .optional()
        .openapi({ description: 'Default: the usual one of Debian or Ubuntu' }),
      ...commonImport,
    }),
    z.strictObject({
      kind: z.literal('disk'),
      format: z.enum(['raw', 'qcow2']),
      firmware: z
        .array(z.enum(['bios', 'uefi']))
        .min(1)
        .max(2),
      cloudInit: z.boolean(),
      defaultUser: z
        .string()
        .regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'is no name of a user')
        .optional(),
      layout: z.enum(imageLayouts).optional().openapi({
        description: 'What its first boot configures, where it has no root that can be mounted',
      }),
      ...commonImport,
    }),
  ])
  .superRefine((value, context) => {
    for (const [field, message] of value.kind === 'disk' ? unlikeItsLayout(value) : [])
      context.addIssue({ code: 'custom', path: [field], message });
  })
  .refine((value) => (value.signed === undefined) === (value.unsigned === true), {
    path: ['signed'],
    message: 'give signature and key ring, or else say unsigned: true',
  })
  .openapi('ImportRequest');

export const uploadQuery = z.strictObject({ sha256: sha256Field.optional() });

export const gcRequestSchema = z
  .strictObject({ keep: z.int().min(1).max(100).default(2), plan: z.boolean().default(false) })
  .openapi('ImageGcRequest');

export const gcAnswerSchema = z
  .object({
    images: z.array(z.object({ name: z.string(), arch: archField, kernel: z.string(), serial: z.string() })),
    files: z.array(fileSchema),
    bytes: z.int(),
    waits: z.string().optional(),
  })
  .openapi('ImageGcAnswer');

export const imageParams = z.strictObject({ os: z.string().max(32), version: z.string().max(16) });
export const removeImageQuery = z.strictObject({
  serial: z.string().max(64).optional(),
  arch: archField.optional(),
});
