import type { Context } from './parameters.ts';

/** What one machine does. A machine has one role; the network is the controller's work when no machine has that role. */
export type Duty = 'control' | 'network' | 'compute' | 'storage';

export function dutiesOf({ role, members }: Pick<Context, 'role' | 'members'>): readonly Duty[] {
  switch (role) {
    case 'compute':
      return ['compute'];
    case 'network':
      return ['network'];
    case 'storage':
      return ['storage'];
    default:
      return members.some((member) => member.role === 'network') ? ['control'] : ['control', 'network'];
  }
}

export function storageOf({ members }: Pick<Context, 'members'>) {
  return members.filter(({ role }) => role === 'storage');
}

/** There are volumes in the cloud only when a machine has room for them. */
export function hasVolumes(context: Pick<Context, 'members'>): boolean {
  return storageOf(context).length > 0;
}

/** @throws Error without one: the frame has refused that before */
export function controllerOf({ members }: Pick<Context, 'members'>) {
  const controller = members.find(({ role }) => role === 'controller');
  if (!controller) throw new Error('a cloud without a controller');
  return controller;
}

export function does(context: Context, ...duties: readonly Duty[]): boolean {
  return dutiesOf(context).some((duty) => duties.includes(duty));
}
