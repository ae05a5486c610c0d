import { z } from 'zod';
import type { LayerContext } from '../layer.ts';
import { downloadParameters } from '../parts/download.ts';
import { mirrorParameter } from '../parts/mirror.ts';

const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,38}[a-z0-9]$/, 'is no name: 2 to 40 small letters, digits and -');

export const parameters = z.strictObject({
  /** Of the client. Default: the snap on Ubuntu, elsewhere the program that is released. */
  source: z.enum(['snap', 'program']).optional(),
  /** Of the snap. Its track says which Juju it is, so that `latest` will not do. */
  channel: z
    .string()
    .regex(
      /^[34](\.[0-9]{1,2})?\/(stable|candidate|beta|edge)$/,
      'is no channel of Juju 3 or 4, like 3/stable',
    )
    .default('3/stable'),
  /** Of the program. */
  version: z
    .string()
    .regex(/^[34]\.[0-9]{1,2}\.[0-9]{1,3}$/, 'is no version of Juju 3 or 4, like 3.6.11')
    .optional(),
  ...downloadParameters,
  controllerName: name.default('rackwright'),
  /** What the machines of role `machine` are added to. */
  model: name
    .refine((word) => word !== 'controller' && word !== 'rackwright-verify', {
      message: 'is a model that is there for something else',
    })
    .default('main'),
  /** `any`: lay it where Juju's own agents are not made for, on your own account. */
  base: z.enum(['ubuntu', 'any']).default('ubuntu'),
  /** What is laid by Juju itself on the machines of role `machine`. */
  bundle: z.enum(['none', 'openstack-base']).default('none'),
  /** Of openstack-base: disks that Ceph takes, where a machine has them. All that is on them is gone. */
  osdDevices: z
    .string()
    .max(500)
    .regex(/^\/dev\/[a-z0-9/-]+(,\/dev\/[a-z0-9/-]+)*$/, 'is not a list of /dev/NAME with commas between')
    .default('/dev/sdb,/dev/vdb'),
  /** Of openstack-base: the card of each machine to the networks outside. */
  dataInterface: z
    .string()
    .regex(/^[a-zA-Z][a-zA-Z0-9._-]{0,14}$/, 'is no name of a network card')
    .optional(),
  mirror: mirrorParameter,
});
export type Parameters = z.infer<typeof parameters>;
export type Context = LayerContext<Parameters>;
