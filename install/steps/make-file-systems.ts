import type { DeployPlan, PlannedFileSystem } from '../../model/index.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { type InstallIdentifiers, installIdentifiers } from '../identifiers.ts';
import type { InstallContext, InstallStep } from '../install-step.ts';
import { knowDevices, locate } from './devices.ts';
import { matchAgain } from './match-again.ts';
import { requireIntent, script, tellUdev } from './prelude.ts';

/**
 * Said in full, so that the ephemeral system's defaults do not matter: a newer e2fsprogs turns on `orphan_file` and
 * `metadata_csum_seed`, which the GRUB and the fsck of an older image cannot read.
 */
const ext4Features =
  'none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,sparse_super,large_file,huge_file,dir_nlink,extra_isize,metadata_csum';

export function makeFileSystems(plan: DeployPlan, context: InstallContext): InstallStep {
  const { storage } = plan;
  const ids = installIdentifiers(context.intentId, storage);
  const made = storage.fileSystems.filter(({ kind }) => kind !== 'zfs');
  return {
    name: 'make file systems',
    does: `Make ${made.map(({ kind, mount, on }) => `${kind} ${mount === undefined ? `on ${on}` : `for ${mount}`}`).join(' and ')}.`,
    script: script(
      requireIntent(context.intentId),
      knowDevices(plan),
      matchAgain(storage),
      lines(
        ...made.flatMap((planned) => [
          locate(storage, ids, planned.on),
          fileSystemCommand(planned, ids),
          tellUdev(shell`"$part"`),
        ]),
      ),
      shell`udevadm settle --timeout=30 2>/dev/null || :`,
    ),
    deadlineMs: 300_000,
    destructive: true,
  };
}

/** To `$part`. */
export function fileSystemCommand(planned: PlannedFileSystem, ids: InstallIdentifiers): Shell {
  const uuid = ids.fileSystem(planned);
  const label = planned.label === undefined ? [] : [planned.kind === 'vfat' ? '-n' : '-L', planned.label];
  switch (planned.kind) {
    case 'ext4':
      return shell`mkfs.ext4 -q -F -O ${ext4Features} -U ${uuid} ${label} "$part"`;
    case 'xfs':
      // Likewise; an xfsprogs that does not know `nrext64` refuses the word.
      return shell`set -- -m bigtime=0,inobtcount=0
case $(mkfs.xfs 2>&1 || :) in *nrext64*) set -- "$@" -i nrext64=0 ;; esac
mkfs.xfs -q -f "$@" -m ${`uuid=${uuid}`} ${label} "$part"`;
    case 'btrfs':
      return shell`mkfs.btrfs -q -f -U ${uuid} ${label} "$part"`;
    case 'vfat':
      return shell`mkfs.vfat -F 32 -i ${uuid.replace('-', '')} ${label} "$part" >/dev/null`;
    case 'swap':
      return shell`mkswap -f -U ${uuid} ${label} "$part" >/dev/null`;
    case 'zfs':
      return shell`:`;
  }
}
