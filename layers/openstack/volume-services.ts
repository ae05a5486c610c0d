import { type Duty, hasVolumes } from './duties.ts';
import type { Context } from './parameters.ts';
import type { Service } from './service.ts';

/** The API is in Apache on Ubuntu, as keystone's is. */
function control(system: string): Service {
  return {
    project: 'cinder',
    packages: ['cinder-api', 'cinder-scheduler'],
    units: [system.startsWith('ubuntu/') ? 'apache2' : 'cinder-api', 'cinder-scheduler'],
  };
}

const storage: readonly Service[] = [
  { project: 'base', packages: ['lvm2', 'tgt'], units: ['tgt'] },
  { project: 'cinder', packages: ['cinder-volume'], units: ['cinder-volume'] },
];

/** Who signs in to the targets. Its daemon comes when the socket is spoken to. */
const initiator: Service = { project: 'base', packages: ['open-iscsi'], units: ['iscsid.socket'] };

export function volumeServices(duty: Duty, context: Context): readonly Service[] {
  if (!hasVolumes(context)) return [];
  switch (duty) {
    case 'control':
      return [control(context.system)];
    case 'storage':
      return storage;
    case 'compute':
      return [initiator];
    case 'network':
      return [];
  }
}
