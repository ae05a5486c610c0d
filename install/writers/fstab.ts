import type { PlannedPartition } from '../../model/index.ts';

export interface FstabEntry {
  readonly partition: PlannedPartition;
  /** File system UUID, as blkid shows it. */
  readonly uuid: string;
}

/** fstab(5): by UUID, because device names change between boots. */
export function fstabText(entries: readonly FstabEntry[]): string {
  const rows = entries.flatMap(({ partition: { mount, fileSystem }, uuid }) => {
    if (mount === undefined || fileSystem === undefined) return [];
    const options = fileSystem === 'vfat' ? 'umask=0077' : mount === '/' ? 'errors=remount-ro' : 'defaults';
    return [`UUID=${uuid} ${escapeField(mount)} ${fileSystem} ${options} 0 ${mount === '/' ? 1 : 2}\n`];
  });
  return rows.join('');
}

/** fstab(5): blanks and tabs are written in octal; getmntent(3) decodes the backslash too. */
function escapeField(field: string): string {
  return field.replace(
    /[\s\\#]/g,
    (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
}
