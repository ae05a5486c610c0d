import { type Shell, shell } from '../../remote/index.ts';
import type { LayerMember } from '../layer.ts';
import type { LoginUser } from '../parts/login-user.ts';
import { keySeed } from '../parts/shared-key.ts';
import { secretFile } from '../parts/secret-file.ts';
import type { Context } from './parameters.ts';

export const STATE = '/var/lib/rackwright/juju';
/** Where the client keeps what it knows. A strict snap may read this folder, and not one of ours. */
export const DATA = '/root/.local/share/juju';
/** Where the client looks for keys of its own. */
export const KEY = `${DATA}/ssh/juju_id_ed25519`;
export const SEED = secretFile('juju', keySeed);
/** The controller that was made, by its name. */
export const MADE = `${STATE}/controller`;

/** Jobs have no home, and no folder of snaps in their PATH. */
export const asRoot: Shell = shell`export HOME=/root PATH="$PATH:/usr/local/bin:/snap/bin"`;

/** @throws Error without one: the frame has refused that before */
export function controllerOf({ members }: Pick<Context, 'members'>): LayerMember {
  const controller = members.find(({ role }) => role === 'controller');
  if (!controller) throw new Error('Juju without a controller');
  return controller;
}

export function machinesOf({ members }: Pick<Context, 'members'>): readonly LayerMember[] {
  return members.filter(({ role }) => role === 'machine');
}

export function loginOf(context: Pick<Context, 'members'>): LoginUser {
  return { layer: 'juju', who: 'Juju', from: controllerOf(context).address };
}
