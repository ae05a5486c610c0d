import type { DeployPlan, PlannedPartition } from '../../model/index.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { exitStatus } from '../exit-status.ts';
import { type InstallIdentifiers, installIdentifiers } from '../identifiers.ts';
import type { InstallContext, InstallStep } from '../install-step.ts';
import { matchDisk } from './find-disk.ts';
import { knowDisk, knowPartitions, requireIntent, script } from './prelude.ts';

/**
 * Said in full, so that the ephemeral system's defaults do not matter: a newer e2fsprogs turns on `orphan_file` and
 * `metadata_csum_seed`, which the GRUB and the fsck of an older image cannot read.
 */
const ext4Features =
  'none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,sparse_super,large_file,huge_file,dir_nlink,extra_isize,metadata_csum';

export function makeFileSystems(plan: DeployPlan, context: InstallContext): InstallStep {
  const ids = installIdentifiers(context.intentId);
  const made = plan.partitions.filter(({ fileSystem }) => fileSystem !== undefined);
  return {
    name: 'make file systems',
    does: `Make ${made.map(({ fileSystem, mount }) => `${fileSystem} for ${mount}`).join(' and ')}.`,
    script: script(
      requireIntent(context.intentId),
      matchDisk(plan.disk),
      shell`matched=$name`,
      knowDisk(),
      shell`[ "$name" = "$matched" ] || fail ${exitStatus.diskChanged} "the disk was $name and is $matched now"`,
      knowPartitions(),
      lines(
        ...made.flatMap((planned) => [
          shell`part ${planned.number} || fail ${exitStatus.diskChanged} ${`partition ${planned.number} is gone`}`,
          fileSystemCommand(planned, ids),
        ]),
      ),
      shell`udevadm settle --timeout=30 2>/dev/null || :`,
    ),
    deadlineMs: 300_000,
    destructive: true,
  };
}

/** To `$part`. */
export function fileSystemCommand(
  { number, fileSystem, label }: PlannedPartition,
  ids: InstallIdentifiers,
): Shell {
  if (fileSystem === undefined) return shell`:`;
  switch (fileSystem) {
    case 'ext4': {
      const uuid = ids.fileSystem(number, 'ext4');
      return shell`mkfs.ext4 -q -F -O ${ext4Features} -U ${uuid} -L ${label} "$part"`;
    }
    case 'vfat': {
      const id = ids.fileSystem(number, 'vfat').replace('-', '');
      return shell`mkfs.vfat -F 32 -i ${id} -n ${label} "$part" >/dev/null`;
    }
  }
}
