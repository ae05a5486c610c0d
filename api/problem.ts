import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { z } from '@hono/zod-openapi';
import { codeOf, type ErrorCode, errorTable } from '../model/index.ts';

/** RFC 9457, filled from the one table of errors. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(Object.keys(errorTable) as [ErrorCode, ...ErrorCode[]]),
    cause: z.string(),
    next: z.array(z.string()),
    trace: z.string(),
    details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  })
  .openapi('Problem');
export type Problem = z.infer<typeof problemSchema>;

export function problemOf(error: unknown, trace: string): Problem {
  const code = codeOf(error) ?? 'INTERNAL';
  const entry = errorTable[code];
  const details = (error as { details?: Problem['details'] }).details ?? {};
  return {
    type: `urn:rackwright:error:${code}`,
    title: code.charAt(0) + code.slice(1).toLowerCase().replaceAll('_', ' '),
    status: entry.status,
    // The text of an error nobody foresaw may hold anything; it goes to the log under this trace, not to the caller.
    detail: code === 'INTERNAL' && !codeOf(error) ? 'something unforeseen happened' : messageOf(error),
    code,
    cause: entry.cause,
    next: [...entry.next],
    trace,
    ...(Object.keys(details).length > 0 && { details }),
  };
}

export function answerProblem(context: Context, problem: Problem): Response {
  if (problem.status === 401) context.header('www-authenticate', 'Bearer');
  context.header('content-type', 'application/problem+json');
  return context.body(JSON.stringify(problem), problem.status as ContentfulStatusCode);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
