import { randomBytes } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { Identified } from './authenticate.ts';

/** Constant message and fields. Nothing here was written by the caller. */
export type LogEntry =
  | {
      readonly event: 'request';
      readonly method: string;
      /** The pattern, never the URL: a URL may hold what somebody pasted into it (rule 5). */
      readonly route: string;
      readonly status: number;
      readonly milliseconds: number;
      readonly trace: string;
    }
  | { readonly event: 'error'; readonly trace: string; readonly error: unknown };

export function logAccess(log: (entry: LogEntry) => void): MiddlewareHandler<Identified> {
  return async (context, next) => {
    const trace = randomBytes(8).toString('hex');
    const start = performance.now();
    context.set('trace', trace);
    await next();
    context.header('x-trace', trace);
    const matched = matchedRoutes(context).findLast((entry) => !entry.path.endsWith('*'));
    log({
      event: 'request',
      method: context.req.method,
      route: matched?.path ?? '(none)',
      status: context.res.status,
      milliseconds: Math.round(performance.now() - start),
      trace,
    });
  };
}
