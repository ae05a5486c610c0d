import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { CodedError } from '../model/index.ts';

/** Ironic's limits for an API that strangers can reach (OSSN-0099). */
export const maxBodyBytes = 1024 * 1024;
export const maxJsonDepth = 25;

/** `uploads`: paths whose routes take a stream of bytes and bound it themselves. */
export function limitBody(uploads: ReadonlySet<string>): MiddlewareHandler {
  const limit = bodyLimit({
    maxSize: maxBodyBytes,
    onError: () => {
      throw new CodedError('REQUEST_INVALID', `the body is larger than ${maxBodyBytes} bytes`);
    },
  });
  return (context, next) => (uploads.has(context.req.path) ? next() : limit(context, next));
}

/** Looks at the text before any parser does: depth is what makes a parser's stack grow. */
export function limitDepth(uploads: ReadonlySet<string>): MiddlewareHandler {
  return async (context, next) => {
    if (uploads.has(context.req.path)) return next();
    if (context.req.method !== 'GET' && context.req.method !== 'HEAD') {
      const text = await context.req.text();
      if (text !== '' && !/^application\/json\b/i.test(context.req.header('content-type') ?? '')) {
        throw new CodedError('REQUEST_INVALID', 'a body must be JSON: content-type: application/json');
      }
      if (jsonDepth(text) > maxJsonDepth) {
        throw new CodedError('REQUEST_INVALID', `the body is nested deeper than ${maxJsonDepth} levels`);
      }
    }
    await next();
  };
}

export function jsonDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (inString) {
      if (character === '\\') index += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{' || character === '[') deepest = Math.max(deepest, ++depth);
    else if (character === '}' || character === ']') depth -= 1;
  }
  return deepest;
}
