import { z } from '@hono/zod-openapi';
import { bootPurposes, hostKeyPins, imageLayouts, machineStates, operationKinds } from '../../model/index.ts';
import { archField, failureSchema, timeField } from './common.ts';
import { appliedLayerSchema } from './layers.ts';
import { operationViewSchema } from './operation.ts';
import { powerViewSchema } from './power.ts';

const placeFields = {
  address: z.string(),
  hostKeys: z.array(z.string()),
  pin: z.enum(hostKeyPins).optional().openapi({
    description: 'What vouches for the host keys: the network over which they came, or also the console',
  }),
  since: timeField,
};

/** A machine as the store knows it, and what may be asked of it now. */
export const machineViewSchema = z
  .object({
    id: z.string(),
    version: z.int(),
    name: z.string(),
    site: z.string(),
    state: z.enum(machineStates),
    locked: z.object({ reason: z.string(), since: timeField }).optional(),
    aside: z.array(z.enum(machineStates)).optional().openapi({
      description: 'States that it comes back to from Rescue, Broken, Retired; the innermost last',
    }),
    identity: z.object({ uuid: z.string(), serial: z.string(), macs: z.array(z.string()) }),
    firmware: z.enum(['bios', 'uefi']),
    arch: archField,
    power: powerViewSchema,
    observedPower: z.object({
      state: z.enum(['on', 'off', 'unknown']),
      at: timeField,
      error: z.string().optional(),
    }),
    session: z.object({ bootId: z.string(), squashfs: z.string(), ...placeFields }).optional(),
    deployment: z
      .object({
        operationId: z.string(),
        image: z.string(),
        imageSerial: z.string(),
        adopted: z.literal(true).optional().openapi({ description: 'It was there before us' }),
        layout: z.enum(imageLayouts).optional().openapi({ description: 'It takes no layers' }),
        ...placeFields,
      })
      .optional(),
    layers: z.array(appliedLayerSchema),
    operationId: z.string().optional(),
    failure: failureSchema.optional(),
    createdAt: timeField,
    updatedAt: timeField,
    allowedOperations: z.array(z.enum(operationKinds)),
    knownPower: z
      .object({
        state: z.enum(['on', 'off', 'unknown']),
        source: z.string(),
        at: timeField,
        trouble: z.object({ error: z.string(), at: timeField }).optional(),
      })
      .optional()
      .openapi({ description: 'As it was seen last, apart from what operations did' }),
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
      purpose: z.enum(bootPurposes),
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
    inventory: z.record(z.string(), z.unknown()).openapi({ description: 'Document of format inventory:2' }),
  })
  .openapi('InventoryView');
