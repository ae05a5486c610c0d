import type { PlannedFileSystem, PlannedStorage } from '../../model/index.ts';
import type { InstallIdentifiers } from '../identifiers.ts';

/** fstab(5): by UUID, because device names change between boots. ZFS mounts its root itself. */
export function fstabText(
  { fileSystems }: Pick<PlannedStorage, 'fileSystems'>,
  ids: Pick<InstallIdentifiers, 'fileSystem'>,
): string {
  const rows = fileSystems.flatMap((fileSystem) => {
    const { kind, mount } = fileSystem;
    const uuid = ids.fileSystem(fileSystem);
    if (kind === 'swap') return [`UUID=${uuid} none swap ${options(fileSystem)} 0 0\n`];
    if (mount === undefined || kind === 'zfs') return [];
    const pass = kind === 'xfs' || kind === 'btrfs' ? 0 : mount === '/' ? 1 : 2;
    return [`UUID=${uuid} ${escapeField(mount)} ${kind} ${options(fileSystem)} 0 ${pass}\n`];
  });
  return rows.join('');
}

function options({ kind, mount, options }: PlannedFileSystem): string {
  const own =
    kind === 'vfat'
      ? ['umask=0077']
      : kind === 'swap'
        ? ['sw']
        : kind === 'ext4' && mount === '/'
          ? ['errors=remount-ro']
          : [];
  return [...own, ...options].join(',') || 'defaults';
}

/** fstab(5): blanks and tabs are written in octal; getmntent(3) decodes the backslash too. */
function escapeField(field: string): string {
  return field.replace(
    /[\s\\#]/g,
    (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
}
