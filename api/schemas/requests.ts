import { z } from '@hono/zod-openapi';
import { powerActions } from '../../model/index.ts';
import { imageNameField, machineNameField } from './common.ts';
import { networkRequestSchema } from './network.ts';
import { powerChangeSchema } from './power.ts';
import { sshKeyField } from './ssh-key.ts';
import { storageRequestSchema } from './storage.ts';
import { systemBodySchema } from './system.ts';

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

export const deployRequestSchema = z
  .strictObject({
    image: imageNameField,
    subnet: z.string().min(1).max(63).optional(),
    storage: storageRequestSchema.optional(),
    network: networkRequestSchema.optional(),
    system: systemBodySchema.optional(),
    ephemeral: z.literal(true).optional().openapi({ description: 'It runs from memory; no disk is touched' }),
    layers: z.array(layerRequestSchema).max(32).default([]),
    sshKeys: z.array(sshKeyField).max(64).default([]),
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
    power: powerChangeSchema.optional(),
  })
  .refine(
    (value) => value.name !== undefined || value.power !== undefined,
    'nothing to change: give name or power',
  )
  .openapi('ConfigureRequest');
export type ConfigureBody = z.infer<typeof configureRequestSchema>;
