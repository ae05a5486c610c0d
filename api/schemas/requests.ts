import { z } from '@hono/zod-openapi';
import { powerActions } from '../../model/index.ts';
import { archField, imageNameField, ipv4Field, machineNameField } from './common.ts';

const oneLine = /^[^\x00-\x1f\x7f]*$/;

export const layerRequestSchema = z
  .strictObject({
    layer: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'is no layer name'),
    parameters: z
      .record(z.string().max(64), z.union([z.string().max(4096), z.number(), z.boolean()]))
      .default({}),
  })
  .openapi('LayerRequest');

/**
 * Kernel arguments by a grammar (rule 12): they pass through GRUB, iPXE and a shell on their way, and no character
 * that is special to any of them is in it.
 */
const kernelArgument = z
  .string()
  .max(256)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]*(=[A-Za-z0-9._,:/@+-]*)?$/,
    'is no kernel argument such as console=ttyS0,115200',
  );

/** authorized_keys without options (sshd(8)): type, base64, comment. */
const sshKey = z
  .string()
  .max(8192)
  .regex(
    /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-ssh-ed25519@openssh\.com) [A-Za-z0-9+/]{40,}={0,3}( [\x20-\x7e]{0,200})?$/,
    'is no OpenSSH public key line',
  );

export const deployRequestSchema = z
  .strictObject({
    image: imageNameField,
    subnet: z.string().min(1).max(63).optional(),
    layers: z.array(layerRequestSchema).max(32).default([]),
    sshKeys: z.array(sshKey).max(64).default([]),
    kernelArguments: z.array(kernelArgument).max(32).default([]),
    enter: z.enum(['kexec', 'reboot']).default('kexec'),
    planDigest: z
      .string()
      .regex(/^(sha256:)?[0-9a-f]{8,64}$/, 'is no digest of a plan')
      .optional(),
  })
  .openapi('DeployRequest');

export const powerRequestSchema = z.strictObject({ action: z.enum(powerActions) }).openapi('PowerRequest');

export const configureRequestSchema = z
  .strictObject({
    name: machineNameField.optional(),
    power: z
      .discriminatedUnion('driver', [
        z.strictObject({ driver: z.literal('manual') }),
        z.strictObject({
          driver: z.literal('ipmi'),
          address: ipv4Field,
          port: z.int().min(1).max(65_535).default(623),
          username: z
            .string()
            .min(1)
            .max(16)
            .regex(oneLine, 'must be one line')
            .regex(/^[^-]/, 'must not begin with -'),
          // IPMI 2.0 section 22.30: a password has at most 20 bytes.
          password: z
            .string()
            .min(1)
            .max(20)
            .regex(oneLine, 'must be one line')
            .optional()
            .openapi({ writeOnly: true, format: 'password' }),
          cipherSuite: z.union([z.literal(3), z.literal(17)]).default(17),
        }),
      ])
      .optional(),
  })
  .refine(
    (value) => value.name !== undefined || value.power !== undefined,
    'nothing to change: give name or power',
  )
  .openapi('ConfigureRequest');
export type ConfigureBody = z.infer<typeof configureRequestSchema>;

export const syncRequestSchema = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
      .max(2048)
      .refine((text) => !/^[a-z]+:\/\/[^/]*@/i.test(text), 'must hold no user name'),
    keyring: z
      .string()
      .max(512 * 1024)
      .refine(
        (text) => text.includes('-----BEGIN PGP PUBLIC KEY BLOCK-----'),
        'is no armoured OpenPGP public key',
      )
      .refine((text) => !text.includes('PRIVATE KEY BLOCK'), 'holds a private key: give the public one'),
    os: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,31}$/)
      .optional(),
    version: z
      .string()
      .regex(/^[a-z0-9][a-z0-9.]{0,15}$/)
      .optional(),
    arch: archField.default('amd64'),
  })
  .openapi('SyncRequest');
