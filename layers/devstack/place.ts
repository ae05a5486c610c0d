import { type Shell, shell } from '../../remote/index.ts';
import type { LayerContext } from '../layer.ts';
import type { Parameters } from './parameters.ts';
import { branchFor } from './branch.ts';

export type Context = LayerContext<Parameters>;

/** stackrc: DEST, and where upstream's own instructions have it. */
export const HOME = '/opt/stack';
export const TREE = `${HOME}/devstack`;
/** Not stack.sh's own file, 50_stack_sh, which it writes anew in every run. */
export const SUDOERS = '/etc/sudoers.d/rackwright-stack';
/** Root's alone: what is kept here was written by a program that prints its passwords. */
export const STATE = '/var/lib/rackwright/devstack';

export const REPOSITORY = 'https://opendev.org/openstack/devstack';

/**
 * Not a login: that would be a session of its own, outside of the job, and a job that is stopped would go on. The
 * working directory is one that the user may enter.
 */
export function asStack(command: Shell): Shell {
  return shell`runuser -u stack -- env -C ${HOME} HOME=${HOME} USER=stack LOGNAME=stack ${command}`;
}

export function branchOf({ system, parameters: { branch } }: Context): string {
  return branch ?? branchFor(system);
}
