import { z } from '@hono/zod-openapi';
import { discoveryPolicies, hostKeyPins } from '../../model/index.ts';
import { cidrField, imageNameField, ipv4Field, rangeField } from './common.ts';

const fields = {
  cidr: cidrField,
  serverAddress: ipv4Field,
  gateway: ipv4Field.optional(),
  dns: z.array(ipv4Field).max(8).default([]),
  dynamic: rangeField,
  static: rangeField,
  discovery: z.enum(discoveryPolicies).default('on'),
  ephemeralImage: imageNameField,
  packageProxy: z
    .url({ protocol: /^http$/, error: 'must be an http URL' })
    .max(256)
    .regex(/^[\x21-\x7e]+$/)
    .optional(),
  pin: z.enum(hostKeyPins).optional().openapi({
    description: 'console: where the BMC carries one, host keys are held against it; default network',
  }),
};

export const subnetNameField = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be small letters, digits and hyphens');
export const subnetParams = z.strictObject({ name: subnetNameField });
export const subnetRequestSchema = z.strictObject(fields).openapi('SubnetRequest');
export type SubnetBody = z.infer<typeof subnetRequestSchema>;

export const subnetSchema = z.object({ name: z.string(), site: z.string(), ...fields }).openapi('Subnet');
