import { z } from '@hono/zod-openapi';
import { machineNameField } from './common.ts';
import { sshKeyField } from './ssh-key.ts';

const userName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,31}$/, 'is no user name: small letters, digits, _ and -');

/** crypt(5): yescrypt, SHA-512, SHA-256, bcrypt. A password in clear is refused without a word of it in the answer. */
const passwordHash = z
  .string()
  .max(256)
  .regex(
    /^\$(y|gy|7|6|5|2b|2y)\$[A-Za-z0-9./$=,-]{20,240}$/,
    'must be a hash in crypt(5) form, as mkpasswd or openssl passwd -6 makes it; never the password itself',
  );

export const systemBodySchema = z
  .strictObject({
    hostname: machineNameField.optional(),
    timezone: z.string().min(1).max(100).optional().openapi({ example: 'Europe/Berlin' }),
    users: z
      .array(
        z.strictObject({
          name: userName,
          sshKeys: z.array(sshKeyField).max(64).default([]),
          sudo: z.boolean().optional(),
          groups: z.array(userName).max(32).optional(),
          passwordHash: passwordHash.optional(),
        }),
      )
      .max(64)
      .optional(),
    rootLogin: z.boolean().optional(),
    packages: z
      .array(z.string().regex(/^[a-z0-9][a-z0-9+.-]{1,127}$/, 'is no package name'))
      .max(64)
      .optional(),
    userData: z
      .string()
      .max(65_536)
      .optional()
      .openapi({ description: 'For cloud-init. Kept sealed, never read back' }),
  })
  .openapi('SystemRequest');
export type SystemBody = z.infer<typeof systemBodySchema>;
