import { z } from 'zod';
import { mirrorParameter } from '../parts/mirror.ts';

/** Goes into a file of one line a value: no line breaks, and no quotes that the client's parser takes for its own. */
const line = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{C}"'#]+$/u, 'has quotes, # or control characters');

export const parameters = z
  .strictObject({
    /** `quickstart`: the server is installed here, too, and is what this machine registers with. */
    server: z.enum(['none', 'quickstart']).default('none'),
    /** Default: this machine with quickstart, otherwise Canonical's. It is spoken to by HTTPS. */
    serverHost: z
      .string()
      .max(253)
      .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$/, 'is no name or address of a host')
      .optional(),
    account: line(100).default('standalone'),
    /** Default: the name of the machine. */
    title: line(200).optional(),
    /** Words with commas between. */
    tags: z
      .string()
      .max(500)
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9_-]*(,[A-Za-z0-9][A-Za-z0-9_-]*)*$/,
        'is not a list of tags with commas between',
      )
      .optional(),
    /** Users as whom the server may run scripts; none: it may run none. */
    mayRunAs: z
      .string()
      .max(500)
      .regex(/^[a-z_][a-z0-9_-]*(,[a-z_][a-z0-9_-]*)*$/, 'is not a list of users with commas between')
      .optional(),
    /** `distribution`: the client of Ubuntu itself. The server is in the PPA alone. */
    archive: z.enum(['distribution', 'ppa']).default('ppa'),
    ppa: z
      .string()
      .max(100)
      .regex(/^[a-z0-9][a-z0-9.+-]*\/[a-z0-9][a-z0-9.+-]*$/, 'is not OWNER/NAME')
      .default('landscape/latest-stable'),
    /** Of a mirror that signs anew. */
    keyFingerprint: z
      .string()
      .regex(/^[0-9A-F]{40}$/, 'is not 40 hexadecimal digits in capitals')
      .default('35F77D63B5CEC106C577ED856E85A86E4652B4E6'),
    mirror: mirrorParameter,
  })
  .refine(({ server, archive }) => server === 'none' || archive === 'ppa', {
    path: ['archive'],
    message: 'the server is not in the distribution, but in the PPA',
  });
export type Parameters = z.infer<typeof parameters>;
