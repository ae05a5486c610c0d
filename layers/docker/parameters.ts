import { z } from 'zod';
import { mirrorParameter } from '../parts/mirror.ts';

/** A host, `HOST:PORT` or a network like `10.0.0.0/8`, as dockerd takes it. */
const registry = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5}|\/\d{1,2})?$/;

export const dockerParameters = z.strictObject({
  /** Whose packages: those of the distribution, or those of the makers. */
  source: z.enum(['distribution', 'upstream']).default('distribution'),
  /** Who may use it without being root, and so is as good as root. */
  user: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'is no name of a user')
    .optional(),
  mirror: mirrorParameter,
  registryMirror: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .regex(/^[!-~]*$/, 'has characters that no URL has')
    .optional(),
  insecureRegistries: z
    .string()
    .max(2_000)
    .refine(
      (text) => text.split(',').every((one) => registry.test(one.trim())),
      'has to be hosts, HOST:PORT or networks, with commas between them',
    )
    .optional(),
});
export type DockerParameters = z.infer<typeof dockerParameters>;
