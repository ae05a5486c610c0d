import { z } from 'zod';
import { downloadParameters } from '../parts/download.ts';
import { mirrorParameter } from '../parts/mirror.ts';

const label = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';

export const parameters = z
  .strictObject({
    /** Of the first instance. Its applications answer to names below it. */
    hostname: z
      .string()
      .max(200)
      .regex(new RegExp(`^${label}(\\.${label})*$`), 'is no host name in lower case')
      .optional(),
    version: z
      .string()
      .regex(/^\d{1,3}\.\d{1,3}\.\d{1,3}$/, 'is no version as 1.6.30')
      .default('1.6.30'),
    ...downloadParameters,
    apps: z
      .string()
      .regex(/^[a-z0-9-]{1,40}(,[a-z0-9-]{1,40}){0,30}$/, 'is no comma list of names of applications')
      .default('home,drive,settings,store'),
    email: z
      .email()
      .max(200)
      .regex(/^[a-z0-9]/i, 'does not begin with a letter or digit')
      .optional(),
    locale: z.enum(['de', 'en', 'es', 'fr']).default('en'),
    certificate: z.enum(['own', 'files']).default('own'),
    certificateChain: z
      .string()
      .regex(/^(\/[A-Za-z0-9_-][A-Za-z0-9._-]*){2,}$/, 'is no absolute path')
      .optional(),
    certificateKey: z
      .string()
      .regex(/^(\/[A-Za-z0-9_-][A-Za-z0-9._-]*){2,}$/, 'is no absolute path')
      .optional(),
    /** Whom `verify` trusts, when the certificate is no public one. */
    certificateAuthority: z
      .string()
      .regex(/^(\/[A-Za-z0-9_-][A-Za-z0-9._-]*){2,}$/, 'is no absolute path')
      .optional(),
    /** Where the packages of CouchDB are, as its installation page says. */
    couchdbArchive: z
      .url({ protocol: /^https?$/ })
      .max(500)
      .regex(/^[!-~]*$/, 'has characters that no URL has')
      .optional(),
    /** Of the archive of CouchDB; another one than the vendor's only when a mirror signs for itself. */
    couchdbFingerprint: z
      .string()
      .regex(/^[0-9A-F]{40}$/, 'is not 40 hexadecimal digits in capitals')
      .default('390EF70BB1EA12B2773962950EE62FB37A00258D'),
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
  );
export type Parameters = z.infer<typeof parameters>;
