import { z } from '@hono/zod-openapi';
import { bondModes, hashPolicies } from '../../model/index.ts';

/**
 * Shapes only. Whether a card is there, an address fits and a gateway can be reached is decided with the machine's
 * inventory, when the plan is made; that names the path at fault in the same way.
 */
const name = z.string().min(1).max(15);
/** A name, or a MAC in any spelling. */
const interfaceField = z.string().min(1).max(17);
const addressText = z.string().min(2).max(49);

const addressing = {
  addresses: z
    .array(addressText)
    .max(32)
    .optional()
    .openapi({
      description: 'In prefix notation; "auto": one of the static range of the subnet',
      example: ['auto'],
    }),
  dhcp4: z.boolean().optional(),
  dhcp6: z.boolean().optional(),
  slaac: z.boolean().optional().openapi({ description: 'Addresses by router advertisements' }),
  gateway4: addressText.optional(),
  gateway6: addressText.optional(),
  routes: z
    .array(
      z.strictObject({
        to: addressText.or(z.literal('default')),
        via: addressText.optional(),
        metric: z.int().min(0).max(0xffff_ffff).optional(),
        table: z.int().min(1).max(0xffff_ffff).optional(),
      }),
    )
    .max(32)
    .optional(),
  mtu: z.int().min(576).max(9216).optional(),
};

const milliseconds = z.int().min(0).max(60_000);
const seconds = z.int().min(0).max(40);

export const networkRequestSchema = z
  .strictObject({
    address: z
      .string()
      .max(15)
      .optional()
      .openapi({ description: 'Instead of the next one of the static range' }),
    interfaces: z
      .array(z.strictObject({ card: interfaceField, ...addressing }))
      .max(64)
      .optional(),
    bonds: z
      .array(
        z.strictObject({
          name,
          interfaces: z.array(interfaceField).min(1).max(32),
          mode: z.enum(bondModes),
          miimon: milliseconds.min(1).optional(),
          upDelay: milliseconds.optional(),
          downDelay: milliseconds.optional(),
          lacpRate: z.enum(['slow', 'fast']).optional(),
          hashPolicy: z.enum(hashPolicies).optional(),
          primary: interfaceField.optional(),
          ...addressing,
        }),
      )
      .max(64)
      .optional(),
    bridges: z
      .array(
        z.strictObject({
          name,
          interfaces: z.array(interfaceField).max(64).optional(),
          stp: z.boolean().optional(),
          forwardDelay: seconds.optional(),
          hello: seconds.optional(),
          maxAge: seconds.optional(),
          ...addressing,
        }),
      )
      .max(64)
      .optional(),
    vlans: z
      .array(z.strictObject({ name, id: z.int().min(1).max(4094), link: interfaceField, ...addressing }))
      .max(64)
      .optional(),
    nameservers: z.array(addressText).max(3).optional(),
    search: z.array(z.string().min(1).max(253)).max(6).optional(),
    reach: interfaceField
      .optional()
      .openapi({ description: 'Interface over which the machine is reached afterwards' }),
  })
  .openapi('NetworkRequest');
export type NetworkBody = z.infer<typeof networkRequestSchema>;
