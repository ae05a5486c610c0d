import { z } from 'zod';
import { parseIpv4 } from '../../net/index.ts';

function isBridgeAddress(text: string): boolean {
  const [address = '', length = '', ...more] = text.split('/');
  return more.length === 0 && parseIpv4(address) !== undefined && /^([89]|1\d|2\d)$/.test(length);
}

export const lxdParameters = z.strictObject({
  /** Of the snap; where LXD is a package of the distribution there is nothing to choose. */
  channel: z
    .string()
    .regex(/^[a-z0-9.]{1,20}(\/(stable|candidate|beta|edge))?$/, 'is no channel of a snap')
    .default('5.21/stable'),
  /** A dir takes any file system; the others are a file of their own, of `poolGiB`. */
  pool: z.enum(['dir', 'btrfs', 'zfs']).default('dir'),
  poolGiB: z.int().min(1).max(100_000).default(20),
  bridge: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,14}$/, 'is no name of a bridge: small letters and digits, 15 at most')
    .default('lxdbr0'),
  /** The address of the bridge, with the length of its network. */
  subnet: z
    .string()
    .refine(isBridgeAddress, 'has to be an address with the length of its network, like 10.99.0.1/24')
    .default('10.99.0.1/24'),
});
export type LxdParameters = z.infer<typeof lxdParameters>;
