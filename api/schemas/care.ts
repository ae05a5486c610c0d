import { z } from '@hono/zod-openapi';
import { eraseLevels } from '../../model/index.ts';
import { imageNameField } from './common.ts';
import { sshKeyField } from './ssh-key.ts';

export const markRequestSchema = z
  .strictObject({
    reason: z
      .string()
      .trim()
      .min(1)
      .max(500)
      .regex(/^[^\x00-\x1f\x7f]*$/, 'must be one line'),
  })
  .openapi('MarkRequest');

export const releaseRequestSchema = z
  .strictObject({
    erase: z.enum(eraseLevels).default('quick').openapi({
      description:
        'none: disks keep what they hold; quick: signatures and both ends; secure: by the disk itself; full: all of it, read back',
    }),
    fallback: z.enum(['quick', 'full']).optional().openapi({
      description: 'what a disk gets that cannot do it; without it, such a disk fails the release',
    }),
  })
  .openapi('ReleaseRequest');

const word = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/i, 'is no name of a script or tag');

export const testRequestSchema = z
  .strictObject({
    scripts: z.array(word).max(64).default([]),
    tags: z.array(word).max(16).optional(),
    parameters: z.record(z.string().max(64), z.string().max(1024)).default({}),
    destructive: z.boolean().default(false).openapi({ description: 'let tests write to disks' }),
  })
  .openapi('TestRequest');

export const rescueRequestSchema = z
  .strictObject({
    image: imageNameField.optional(),
    sshKeys: z.array(sshKeyField).max(64).default([]),
  })
  .openapi('RescueRequest');
