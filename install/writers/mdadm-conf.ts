import type { PlannedArray } from '../../model/index.ts';
import type { InstallIdentifiers } from '../identifiers.ts';

/** mdadm.conf(5): the arrays of this machine, by UUID; goes into the initrd as well. */
export function mdadmConfText(
  arrays: readonly PlannedArray[],
  ids: Pick<InstallIdentifiers, 'array'>,
): string {
  return [
    '# Written by Rackwright when it installed this machine.',
    'HOMEHOST <system>',
    'MAILADDR root',
    ...arrays.map(
      ({ name, metadata }) => `ARRAY /dev/md/${name} metadata=${metadata} UUID=${ids.array(name)}`,
    ),
    '',
  ].join('\n');
}
