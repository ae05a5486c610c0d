import { OpenAPIHono } from '@hono/zod-openapi';
import { HTTPException } from 'hono/http-exception';
import { CodedError } from '../model/index.ts';
import { logAccess } from './access-log.ts';
import { authenticate, type Identified, refuseUnlessGranted } from './authenticate.ts';
import { describeInvalid } from './invalid.ts';
import { limitBody, limitDepth } from './limits.ts';
import type { Parts } from './parts.ts';
import { answerProblem, problemOf } from './problem.ts';
import { install, type Route } from './route.ts';
import { routes } from './routes/index.ts';

export type Api = OpenAPIHono<Identified>;

/** The HTTP API. The whole surface is `routes/index.ts`. */
export function createApi(parts: Parts, surface: readonly Route[] = routes): Api {
  const log = parts.log ?? (() => {});
  const app: Api = new OpenAPIHono<Identified>({
    defaultHook: (result) => {
      if (!result.success) throw describeInvalid(result.error);
    },
  });
  app.use('*', logAccess(log));
  app.use('*', authenticate(parts.token));
  const uploads = new Set(surface.filter(({ isUpload }) => isUpload).map(({ path }) => path));
  app.use('*', limitBody(uploads));
  app.use('*', limitDepth(uploads));
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' });
  const describeApi = () =>
    app.getOpenAPI31Document({ openapi: '3.1.0', info: { title: 'Rackwright', version: 'v1' } });
  for (const definition of surface) install(app, definition, { ...parts, describeApi });

  app.notFound((context) => {
    // Also which routes there are is for people with a token only.
    const problem = attempt(() => refuseUnlessGranted(context.get('role'), 'read'));
    const error = problem ?? new CodedError('NOT_FOUND', `there is no ${context.req.method} at this address`);
    return answerProblem(context, problemOf(error, context.get('trace')));
  });
  app.onError((error, context) => {
    const trace = context.get('trace');
    const problem = problemOf(known(error), trace);
    if (problem.code === 'INTERNAL') log({ event: 'error', trace, error });
    return answerProblem(context, problem);
  });
  return app;
}

/** Hono's own refusals are about the request: malformed JSON, a body that cannot be read. */
function known(error: Error): Error {
  if (!(error instanceof HTTPException) || error.status >= 500) return error;
  return new CodedError('REQUEST_INVALID', error.message || 'the request cannot be read');
}

function attempt(action: () => void): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
}
