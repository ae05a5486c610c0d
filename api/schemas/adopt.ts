import { z } from '@hono/zod-openapi';
import { ipv4ToNumber } from '../../net/index.ts';
import { ipv4Field, machineNameField } from './common.ts';

/** sshd(8): type and base64. A comment is dropped: it proves nothing. */
const hostKeyField = z
  .string()
  .max(8192)
  .regex(
    /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]{40,}={0,3}( [\x20-\x7e]{0,200})?$/,
    'is no OpenSSH public key line of a host: ssh-ed25519 AAAA…',
  )
  .transform((line) => line.split(' ').slice(0, 2).join(' '))
  .openapi({ type: 'string', example: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA' });

/** "This network", loopback, multicast and what is reserved (RFC 6890) are no addresses of another machine. */
const addressField = ipv4Field.refine((address) => {
  const first = ipv4ToNumber(address) >>> 24;
  return first !== 0 && first !== 127 && first < 224;
}, 'is no address of another machine');

export const adoptRequestSchema = z
  .strictObject({
    name: machineNameField,
    address: addressField,
    hostKeys: z.array(hostKeyField).min(1, 'needs at least one').max(16).openapi({
      description: 'The machine must show one of them; one that is not known beforehand is never trusted',
    }),
    site: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'is no name of a site')
      .optional()
      .openapi({ description: 'Whose racks reach it. Default: the site of this service' }),
  })
  .openapi('AdoptRequest');

export const sshKeySchema = z.object({ publicKey: z.string() }).openapi('SshKey');
