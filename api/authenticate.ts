import { createHash, timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { CodedError, type Secret } from '../model/index.ts';
import { mayUse, type Permission, type Role } from './permissions.ts';

export interface Identified {
  readonly Variables: { role: Role; trace: string };
}

/** Decides who asks. A wrong token is an anonymous caller: what it may not do is told by the route's permission. */
export function authenticate(token: Secret): MiddlewareHandler<Identified> {
  const expected = digest(token.reveal());
  return async (context, next) => {
    const given = /^Bearer ([\x21-\x7e]{1,512})$/.exec(context.req.header('authorization') ?? '')?.[1];
    // Digests have one length, so that the comparison tells nothing about the length of the token either.
    const known = given !== undefined && timingSafeEqual(digest(given), expected);
    context.set('role', known ? 'operator' : 'anonymous');
    await next();
  };
}

export function requirePermission(permission: Permission): MiddlewareHandler<Identified> {
  return async (context, next) => {
    refuseUnlessGranted(context.get('role'), permission);
    await next();
  };
}

export function refuseUnlessGranted(role: Role, permission: Permission): void {
  if (mayUse(role, permission)) return;
  throw new CodedError('LOGIN_REQUIRED', 'this request needs the bearer token of the service');
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
