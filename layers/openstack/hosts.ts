import type { HostLine } from '../parts/hosts-block.ts';
import type { Context } from './parameters.ts';

/** The controller is known by what its users call it, too. */
export function hostLines({
  members,
  parameters: { hostname },
}: Pick<Context, 'members' | 'parameters'>): readonly HostLine[] {
  return members.map(({ name, address, role }) => ({
    address,
    names: [name, ...(role === 'controller' && hostname !== undefined ? [hostname] : [])],
  }));
}
