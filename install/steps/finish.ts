import type { DeployPlan } from '../../model/index.ts';
import { shell } from '../../remote/index.ts';
import { exitStatus } from '../exit-status.ts';
import type { InstallContext, InstallStep } from '../install-step.ts';
import { IMAGES } from '../paths.ts';
import { leaveTarget } from './find-disk.ts';
import { knowDisk, knowMounts, knowPartitions, requireIntent, script } from './prelude.ts';
import { rootPartition } from './root-partition.ts';

export function finish(plan: DeployPlan, context: InstallContext): InstallStep {
  return {
    name: 'finish',
    does: 'Write everything out, unmount it, and check that the root file system is clean.',
    script: script(
      requireIntent(context.intentId),
      knowDisk(),
      knowPartitions(),
      knowMounts(),
      leaveTarget(),
      shell`for point in ${`${IMAGES}/tree`} ${IMAGES}; do
  if mounted "$point"; then umount "$point"; fi
done
part ${rootPartition(plan).number} || fail ${exitStatus.diskChanged} 'the root partition is gone'
e2fsck -p "$part"
blockdev --flushbufs "$disk"
sync
say 'installed'`,
    ),
    // A slow disk may have gigabytes to write out.
    deadlineMs: 600_000,
    destructive: false,
  };
}
