import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { type Identified, requirePermission } from './authenticate.ts';
import type { RouteParts } from './parts.ts';
import { type Permission, permissions } from './permissions.ts';
import { problemSchema } from './problem.ts';

/** What a handler is given: every part has passed its schema. */
export interface Call<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly context: Context<Identified>;
}

export interface Answer {
  readonly status: 200 | 202;
  readonly description: string;
  readonly schema: z.ZodType;
}

/** One line of the surface: where, who may, what goes in, what comes out. */
export interface Route<Params = unknown, Query = unknown, Body = unknown> {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  readonly path: string;
  readonly permission: Permission;
  readonly name: string;
  readonly summary: string;
  readonly params?: z.ZodType<Params>;
  readonly query?: z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
  readonly answer: Answer;
  /** Also answers as `text/event-stream`. */
  readonly streams?: boolean;
  /** Takes `application/octet-stream` of any length, which it bounds itself; its path has no parameters. */
  readonly isUpload?: boolean;
  /** @returns the body of the answer, or a whole response. */
  handle(call: Call<Params, Query, Body>, parts: RouteParts): Promise<unknown>;
}

export function route<Params = unknown, Query = unknown, Body = unknown>(
  definition: Route<Params, Query, Body>,
): Route {
  return definition;
}

/** @throws when a route names no permission: better no service than an open one. */
export function install(app: OpenAPIHono<Identified>, definition: Route, parts: RouteParts): void {
  if (!permissions.includes(definition.permission)) {
    throw new Error(`route ${definition.method} ${definition.path} declares no permission`);
  }
  app.openapi(describe(definition), async (context: Context<Identified>) => {
    const request = context.req as unknown as { valid(target: string): unknown };
    const result = await definition.handle(
      {
        params: definition.params && request.valid('param'),
        query: definition.query && request.valid('query'),
        body: definition.body && request.valid('json'),
        context,
      },
      parts,
    );
    return result instanceof Response ? result : context.json(result, definition.answer.status);
  });
}

const uploadSchema = z.string().openapi({ format: 'binary' });

function describe(definition: Route) {
  const { method, path, permission, params, query, body, answer } = definition;
  return createRoute({
    method,
    path,
    operationId: definition.name,
    summary: definition.summary,
    tags: [path.split('/')[2] ?? 'service'],
    'x-permission': permission,
    security: permission === 'public' ? [] : [{ token: [] }],
    // Runs before the validators: a stranger learns nothing about which fields there are.
    middleware: requirePermission(permission),
    request: {
      ...(params && { params: params as z.ZodObject }),
      query: (query ?? z.strictObject({})) as z.ZodObject,
      ...(definition.isUpload && {
        body: { required: true, content: { 'application/octet-stream': { schema: uploadSchema } } },
      }),
      ...(body && { body: { required: true, content: { 'application/json': { schema: body } } } }),
    },
    responses: {
      [answer.status]: {
        description: answer.description,
        content: {
          'application/json': { schema: answer.schema },
          ...(definition.streams && { 'text/event-stream': { schema: z.string() } }),
        },
      },
      default: {
        description: 'What went wrong and what to do',
        content: { 'application/problem+json': { schema: problemSchema } },
      },
    },
  });
}
