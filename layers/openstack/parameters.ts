import { z } from 'zod';
import type { LayerContext } from '../layer.ts';
import { mirrorParameter } from '../parts/mirror.ts';
import { hostname, plainPath } from '../parts/site-parameters.ts';

export const parameters = z
  .strictObject({
    /** Guests without the processor's help: slow, and possible anywhere. */
    emulation: z.boolean().default(false),
    region: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9_-]{0,31}$/, 'is a letter, then letters, digits, _ and -')
      .default('RegionOne'),
    /** Processes of each API. */
    workers: z.int().min(1).max(64).default(1),
    /** Of the network between the machines; guests get 50 less, which is what VXLAN takes (RFC 7348), or 58 by OVN. */
    mtu: z.int().min(1_330).max(9_216).default(1_500),
    /** A card of the network machine, without an address of its own, that the network `external` is on. */
    externalInterface: z
      .string()
      .regex(/^[a-zA-Z][a-zA-Z0-9._-]{0,14}$/, 'is no name of a network card')
      .optional(),
    /** How guests' networks are made. One for all machines, and for the cloud's life. */
    networks: z.enum(['linuxbridge', 'ovs', 'ovn']).default('linuxbridge'),
    /** lvm(8), VALID NAMES. */
    volumeGroup: z
      .string()
      .regex(/^[a-zA-Z0-9_+][a-zA-Z0-9_+.-]{0,126}$/, 'is no name of a volume group')
      .default('cinder-volumes'),
    /** Disks or partitions that it is made of where it is not there, by names that stay, between commas. */
    volumeDevices: z
      .string()
      .regex(
        /^\/dev\/disk\/by-(id|path|partuuid|partlabel)\/[\w.:+@=-]+(,\/dev\/disk\/by-(id|path|partuuid|partlabel)\/[\w.:+@=-]+)*$/,
        'is names below /dev/disk/by-id, by-path, by-partuuid or by-partlabel, with commas between them',
      )
      .optional(),
    /** Of the Cloud Archive, on Ubuntu; without it what the system itself has. */
    release: z.enum(['2023.1', '2023.2', '2024.1', '2024.2']).optional(),
    /** By which users and machines know the controller, instead of by its address. */
    hostname: hostname.optional(),
    certificate: z.enum(['own', 'files']).default('own'),
    certificateChain: plainPath.optional(),
    certificateKey: plainPath.optional(),
    /** Whom all machines trust, when the certificate is no public one. */
    certificateAuthority: plainPath.optional(),
    mirror: mirrorParameter,
  })
  .refine(
    ({ certificate, hostname, certificateChain, certificateKey, certificateAuthority }) =>
      certificate === 'files'
        ? hostname !== undefined && certificateChain !== undefined && certificateKey !== undefined
        : certificateChain === undefined &&
          certificateKey === undefined &&
          certificateAuthority === undefined,
    {
      path: ['certificate'],
      message: 'certificateChain, certificateKey and hostname belong to certificate=files, all of them',
    },
  );
export type Parameters = z.infer<typeof parameters>;
export type Networks = Parameters['networks'];
export type Context = LayerContext<Parameters>;
