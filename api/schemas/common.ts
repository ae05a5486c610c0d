import { z } from '@hono/zod-openapi';
import { parseCidr, parseIpv4 } from '../../net/index.ts';
import { parseImageName } from '../../model/index.ts';

/** Fields that more than one message has. Branded values are parsed here, once. */
export const ipv4Field = z
  .string()
  .max(15)
  .transform((text, context) => {
    const address = parseIpv4(text);
    if (address) return address;
    context.addIssue({ code: 'custom', message: 'is no IPv4 address' });
    return z.NEVER;
  })
  .openapi({ type: 'string', format: 'ipv4' });

export const cidrField = z
  .string()
  .max(18)
  .transform((text, context) => {
    const network = parseCidr(text);
    if (network) return network;
    context.addIssue({
      code: 'custom',
      message: 'is no network such as 10.78.0.0/24 with its host bits zero',
    });
    return z.NEVER;
  })
  .openapi({ type: 'string', example: '10.78.0.0/24' });

export const rangeField = z.strictObject({ first: ipv4Field, last: ipv4Field });

/** RFC 1123 section 2.1, one label: it becomes the host name. */
export const machineNameField = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be a host name: small letters, digits and hyphens');

export const imageNameField = z
  .string()
  .refine((text) => parseImageName(text) !== undefined, 'is no image name such as debian/12');

export const archField = z.enum(['amd64', 'arm64']);
export const timeField = z.string().openapi({ format: 'date-time' });
export const failureSchema = z
  .object({
    code: z.string(),
    message: z.string(),
    details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  })
  .openapi('Failure');

/** A whole number in a query string. */
export const countField = (highest: number) =>
  z
    .string()
    .regex(/^(0|[1-9]\d{0,15})$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value <= highest, `must not exceed ${highest}`)
    .openapi({ type: 'integer', minimum: 0, maximum: highest });

export const machineParams = z.strictObject({
  ref: z.string().min(1).max(80).openapi({ description: 'Name or id of a machine' }),
});
