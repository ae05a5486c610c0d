import type { LayerMember } from '../layer.ts';
import type { LoginUser } from '../parts/login-user.ts';
import type { Context, Parameters } from './parameters.ts';

export const STATE = '/var/lib/rackwright/sunbeam';
/** Root's, on the first machine: it logs in to all, itself too, as people would. */
export const KEY = `${STATE}/ssh/key`;

/** @throws Error without one: the frame has refused that before */
export function firstOf({ members }: Pick<Context, 'members'>): LayerMember {
  const first = members.find(({ role }) => role === 'first');
  if (!first) throw new Error('Sunbeam without a first machine');
  return first;
}

export function othersOf({ members }: Pick<Context, 'members'>): readonly LayerMember[] {
  return members.filter(({ role }) => role !== 'first');
}

export function isFirst({ role }: Pick<Context, 'role'>): boolean {
  return role === 'first';
}

export function loginOf(context: Pick<Context, 'members'>): LoginUser {
  return { layer: 'sunbeam', who: 'Sunbeam', from: firstOf(context).address };
}

/** In upstream's words: what a machine of one of our roles is there for. */
export function duties(
  role: string | undefined,
  { channel, roles }: Pick<Parameters, 'channel' | 'roles'>,
): readonly string[] {
  if (role === 'compute' || role === 'storage') return [role];
  const named = roles.split(',');
  // Before 2026.1, machines that compute are the way to the network outside, too.
  const isApart = Number(channel.split('/')[0]) >= 2026;
  return isApart && !named.includes('network') ? [...named, 'network'] : named;
}
