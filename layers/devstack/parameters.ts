import { z } from 'zod';
import { mirrorParameter } from '../parts/mirror.ts';

/** Without these there is nothing to boot a server with, and the verification does. */
const NEEDED = [
  'key',
  'n-api',
  'n-cpu',
  'n-cond',
  'n-sch',
  'placement-api',
  'g-api',
  'q-svc',
  'rabbit',
  'mysql',
];

export const parameters = z.strictObject({
  /** Default: the newest stable branch that knows the system, see `branchFor`. */
  branch: z
    .string()
    .max(100)
    .regex(/^[a-z0-9][a-z0-9._-]*(\/[a-z0-9][a-z0-9._-]*)*$/i, 'is no name of a branch')
    .optional(),
  /** Default: what the branch has when it is first laid. */
  commit: z
    .string()
    .regex(/^[0-9a-f]{40}$/, 'is not 40 hexadecimal digits in small letters')
    .optional(),
  /** Words with commas between: `heat,-horizon` switches one on and one off. */
  services: z
    .string()
    .max(500)
    .regex(/^-?[a-z0-9][a-z0-9-]*(,-?[a-z0-9][a-z0-9-]*)*$/, 'is not a list of services with commas between')
    .refine(
      (list) =>
        !list.split(',').some((word) => NEEDED.includes(word.replace(/^-/, '')) && word.startsWith('-')),
      {
        message: `none of ${NEEDED.join(', ')} can be switched off`,
      },
    )
    .optional(),
  /** stack.sh fetches nothing any more. It must have run once before. */
  offline: z.boolean().default(false),
  /** An index of Python packages instead of the public one. */
  pythonIndex: mirrorParameter,
  mirror: mirrorParameter,
});
export type Parameters = z.infer<typeof parameters>;
