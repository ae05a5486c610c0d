import { z } from 'zod';
import type { LayerContext } from '../layer.ts';

export const nginxParameters = z
  .strictObject({
    title: z
      .string()
      .min(1)
      .max(200)
      .regex(/^\P{C}*$/u, 'has control characters')
      .optional(),
    port: z.int().min(1).max(65_535).default(80),
    /** One server, three ways to have it: on the machine, in a container, in a virtual machine. */
    way: z.enum(['package', 'container', 'vm']).default('package'),
    /** Of a container: pulled, and not made here of the distribution's package. Serves /usr/share/nginx/html on port 80. */
    image: z
      .string()
      .max(300)
      .regex(/^[a-z0-9][a-z0-9._:/@-]*$/, 'is no name of an image')
      .optional(),
    /** Of a virtual machine: without hardware virtualisation, slowly. */
    emulation: z.boolean().default(false),
  })
  .superRefine(({ way, image, emulation }, { addIssue }) => {
    const refuse = (field: string, of: string) =>
      addIssue({ code: 'custom', path: [field], message: `is for ${of} only` });
    if (image !== undefined && way !== 'container') refuse('image', 'way=container');
    if (emulation && way !== 'vm') refuse('emulation', 'way=vm');
  });
export type NginxParameters = z.infer<typeof nginxParameters>;
export type NginxContext = LayerContext<NginxParameters>;
