import type { DeployPlan, PlannedFileSystem } from '../../model/index.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { installIdentifiers } from '../identifiers.ts';
import type { InstallStep, PublicContext } from '../install-step.ts';
import { IMAGES } from '../paths.ts';
import { mountOrder } from '../plan/storage/find.ts';
import { knowDevices, locate, useDisk } from './devices.ts';
import { leaveTarget } from './find-disk.ts';
import { knowMounts, requireIntent, script } from './prelude.ts';

export function finish(plan: DeployPlan, context: PublicContext): InstallStep {
  const { storage } = plan;
  const ids = installIdentifiers(context.intentId, storage);
  return {
    name: 'finish',
    does: 'Write everything out, unmount it, and check that the root file system is clean.',
    script: script(
      requireIntent(context.intentId),
      knowDevices(plan),
      knowMounts(),
      leaveTarget(plan),
      shell`for point in ${`${IMAGES}/tree`} ${IMAGES}; do
  if mounted "$point"; then umount "$point"; fi
done`,
      ...mountOrder(storage).map((planned) => lines(locate(storage, ids, planned.on), check(planned))),
      ...storage.disks.map((_, index) => lines(useDisk(storage, index), shell`blockdev --flushbufs "$disk"`)),
      shell`sync
say 'installed'`,
    ),
    // A slow disk may have gigabytes to write out.
    deadlineMs: 600_000,
    destructive: false,
  };
}

/** `$part`, which nobody has mounted. What has a journal of another kind checks itself when it is mounted. */
function check({ kind }: PlannedFileSystem): Shell {
  switch (kind) {
    case 'ext4':
      return shell`e2fsck -p "$part"`;
    case 'xfs':
      return shell`xfs_repair -n "$part" >/dev/null 2>&1 || fail 1 "the file system on $part is not clean"`;
    case 'zfs':
      return shell`zpool export "\${part%%/*}"`;
    case 'btrfs':
    case 'vfat':
    case 'swap':
      return shell`:`;
  }
}
