import { z } from 'zod';
import { cidr, ipv4 } from '../../net/index.ts';
import type { LayerContext } from '../layer.ts';

const isRead = (read: (text: string) => unknown) => (text: string) => {
  try {
    read(text);
    return true;
  } catch {
    return false;
  }
};
const address = z.string().refine(isRead(ipv4), 'is no IPv4 address');
/** `10.0.0.10-10.0.0.20` */
const range = z.string().refine(
  isRead((text) => {
    const ends = text.split('-');
    if (ends.length !== 2) throw new RangeError('two addresses');
    return ends.map(ipv4);
  }),
  'is no range of addresses, like 10.0.0.10-10.0.0.20',
);

export const parameters = z
  .strictObject({
    /** Of the snap openstack. Its track is the release of OpenStack, so that `latest` will not do. */
    channel: z
      .string()
      .regex(
        /^202[0-9]\.[12]\/(stable|candidate|beta|edge)$/,
        'is no channel of the snap openstack, like 2024.1/stable',
      )
      .default('2024.1/stable'),
    /** What the machines of roles `first` and `control` do. From 2026.1 on, `network` is added where it is left out. */
    roles: z
      .string()
      .regex(
        /^(control|compute|storage|network)(,(control|compute|storage|network))*$/,
        'is not a list of control, compute, storage, network with commas between',
      )
      .refine((list) => list.split(',').includes('control'), {
        message: 'is without control: the first machine has to be one',
      })
      .refine((list) => new Set(list.split(',')).size === list.split(',').length, {
        message: 'names something twice',
      })
      .default('control,compute,storage'),
    /** What the machines are called below. Left out: they have full names already. */
    domain: z
      .string()
      .max(200)
      .regex(
        /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
        'is no domain in small letters',
      )
      .optional(),
    /** Disks that Ceph takes on each machine that stores. They have to be empty. */
    osdDevices: z
      .string()
      .max(500)
      .regex(
        /^\/dev\/[a-zA-Z0-9/:._-]+(,\/dev\/[a-zA-Z0-9/:._-]+)*$/,
        'is not a list of /dev/NAME with commas between',
      )
      .optional(),
    /** Addresses for the interfaces of OpenStack, in the network of the machines, that nobody else uses. */
    apiRange: range.optional(),
    /** The card to the network outside, without an address. Left out: guests are reached from the machine itself alone. */
    externalInterface: z
      .string()
      .regex(/^[a-zA-Z][a-zA-Z0-9._-]{0,14}$/, 'is no name of a network card')
      .optional(),
    externalCidr: z.string().refine(isRead(cidr), 'is no network, like 10.0.0.0/24').optional(),
    externalGateway: address.optional(),
    /** Floating addresses. */
    externalRange: range.optional(),
    /** Lay it on machines that are smaller than upstream wants them. */
    undersized: z.boolean().default(false),
  })
  .superRefine((values, context) => {
    const external = ['externalInterface', 'externalCidr', 'externalGateway', 'externalRange'] as const;
    const given = external.filter((name) => values[name] !== undefined);
    const missing = external.find((name) => values[name] === undefined);
    if (given.length > 0 && missing !== undefined)
      context.addIssue({
        code: 'custom',
        path: [missing],
        message: `is missing, and ${given[0]} is given: ${external.join(', ')} go together`,
      });
  });
export type Parameters = z.infer<typeof parameters>;
export type Context = LayerContext<Parameters>;
