import { z } from '@hono/zod-openapi';

export const healthSchema = z
  .object({
    ok: z.boolean(),
    checks: z.array(
      z.object({
        name: z.string(),
        ok: z.boolean(),
        message: z.string(),
        next: z.array(z.string()).optional(),
      }),
    ),
  })
  .openapi('Health');

export interface HealthCheck {
  /** `temporal`, `store`, `dhcp`, `tftp`, `http`, `images`, `subnets`, `disk`. */
  readonly name: string;
  readonly ok: boolean;
  /** One sentence for people. */
  readonly message: string;
  /** What to do when it is not well. */
  readonly next?: readonly string[];
}

export interface HealthReport {
  readonly ok: boolean;
  readonly checks: readonly HealthCheck[];
}
