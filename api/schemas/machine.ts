import { z } from '@hono/zod-openapi';
import { machineStates, operationKinds } from '../../model/index.ts';
import { archField, failureSchema, timeField } from './common.ts';
import { operationViewSchema } from './operation.ts';

const powerSchema = z.discriminatedUnion('driver', [
  z.object({ driver: z.literal('manual') }),
  z.object({
    driver: z.literal('ipmi'),
    address: z.string(),
    port: z.int(),
    username: z.string(),
    passwordSecret: z.string().openapi({ description: 'Id of the stored password; it cannot be read back' }),
    cipherSuite: z.union([z.literal(3), z.literal(17)]),
  }),
]);

const placeFields = { address: z.string(), hostKeys: z.array(z.string()), since: timeField };

/** A machine as the store knows it, and what may be asked of it now. */
export const machineViewSchema = z
  .object({
    id: z.string(),
    version: z.int(),
    name: z.string(),
    site: z.string(),
    state: z.enum(machineStates),
    identity: z.object({ uuid: z.string(), serial: z.string(), macs: z.array(z.string()) }),
    firmware: z.enum(['bios', 'uefi']),
    arch: archField,
    power: powerSchema,
    observedPower: z.object({
      state: z.enum(['on', 'off', 'unknown']),
      at: timeField,
      error: z.string().optional(),
    }),
    session: z.object({ bootId: z.string(), squashfs: z.string(), ...placeFields }).optional(),
    deployment: z
      .object({ operationId: z.string(), image: z.string(), imageSerial: z.string(), ...placeFields })
      .optional(),
    layers: z.array(z.object({ name: z.string(), version: z.string(), since: timeField })),
    operationId: z.string().optional(),
    failure: failureSchema.optional(),
    createdAt: timeField,
    updatedAt: timeField,
    allowedOperations: z.array(z.enum(operationKinds)),
    operation: operationViewSchema.optional().openapi({ description: 'At work, or the last one' }),
  })
  .openapi('Machine');

export const machinePageSchema = z
  .object({ items: z.array(machineViewSchema), next: z.string().optional() })
  .openapi('MachinePage');

const signs = z.record(z.string(), timeField);
export const bootViewSchema = z
  .object({
    boot: z.object({
      id: z.string(),
      machineId: z.string().optional(),
      mac: z.string(),
      address: z.string().optional(),
      purpose: z.enum(['discovery', 'commission', 'deploy', 'release']),
      image: z.string(),
      firmware: z.enum(['bios', 'uefi']).optional(),
      signs,
      openedAt: timeField,
      expiresAt: timeField,
      consumedAt: timeField.optional(),
    }),
    lastSign: z.object({ sign: z.string(), at: timeField }).optional(),
    firstDarkRung: z.string().optional(),
    causes: z
      .array(z.string())
      .openapi({ description: 'Usual causes of the first dark rung, likeliest first' }),
  })
  .openapi('BootView');

export const inventoryViewSchema = z
  .object({
    at: timeField,
    inventory: z.record(z.string(), z.unknown()).openapi({ description: 'Document of format inventory:1' }),
  })
  .openapi('InventoryView');
