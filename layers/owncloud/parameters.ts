import { z } from 'zod';
import { downloadParameters } from '../parts/download.ts';
import { mirrorParameter } from '../parts/mirror.ts';
import { hostname, plainPath } from '../parts/site-parameters.ts';

export const parameters = z
  .strictObject({
    /** Default: the server where it fits the system's PHP, and Infinite Scale elsewhere. */
    edition: z.enum(['server', 'ocis']).optional(),
    version: z
      .string()
      .regex(/^\d{1,3}\.\d{1,3}\.\d{1,3}$/, 'is no version as 11.0.0')
      .optional(),
    ...downloadParameters,
    hostname: hostname.optional(),
    adminName: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}$/, 'is not made of letters, digits and _.@-')
      .default('admin'),
    trustedDomains: z
      .string()
      .max(2_000)
      .refine(
        (text) => text.split(',').every((name) => hostname.safeParse(name).success),
        'is no comma list of host names in lower case',
      )
      .optional(),
    dataDirectory: plainPath
      .refine((path) => !`${path}/`.startsWith('/var/www/'), 'is below /var/www, which is served')
      .default('/var/lib/owncloud/data'),
    certificate: z.enum(['own', 'files', 'acme']).default('own'),
    certificateChain: plainPath.optional(),
    certificateKey: plainPath.optional(),
    /** Whom `verify` trusts, when the certificate is no public one. */
    certificateAuthority: plainPath.optional(),
    acmeEmail: z.email().max(200).regex(/^[^-]/, 'begins with a dash').optional(),
    /** Also the files of users are copied before an upgrade. */
    backupData: z.boolean().default(false),
    /** `any`: the operator answers for a PHP that the release does not name. */
    php: z.enum(['match', 'any']).default('match'),
    mirror: mirrorParameter,
  })
  .refine(
    ({ certificate, certificateChain, certificateKey }) =>
      certificate === 'files'
        ? certificateChain !== undefined && certificateKey !== undefined
        : certificateChain === undefined && certificateKey === undefined,
    {
      path: ['certificate'],
      message: 'certificateChain and certificateKey belong to certificate=files, both of them',
    },
  )
  .refine(({ certificate, acmeEmail }) => (certificate === 'acme') === (acmeEmail !== undefined), {
    path: ['acmeEmail'],
    message: 'belongs to certificate=acme, which needs it',
  });
export type Parameters = z.infer<typeof parameters>;
