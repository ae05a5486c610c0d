import { z } from '@hono/zod-openapi';
import { timeField } from './common.ts';

export const siteSchema = z
  .object({
    name: z.string(),
    racks: z.array(z.object({ identity: z.string(), lastSeen: timeField })),
    unserved: z
      .object({ since: timeField.optional() })
      .optional()
      .openapi({ description: 'No rack serves this site: its work waits' }),
    machines: z.int(),
    waiting: z.int(),
  })
  .openapi('Site');
