import type { DeployPlan } from '../../model/index.ts';
import { knowUse, matchDisk, refuseUsed } from '../../disks/index.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { exitStatus } from '../exit-status.ts';
import type { InstallStep } from '../install-step.ts';
import { DISK_FILE } from '../paths.ts';
import { diskWords } from '../plan/storage/describe-storage.ts';
import { mountOrder } from '../plan/storage/find.ts';
import { storageNeeds } from '../plan/storage/needs.ts';
import { knowMounts, script } from './prelude.ts';

export { knowUse, matchDisk, nameDisk, refuseUsed } from '../../disks/index.ts';

export function findDisk(plan: DeployPlan): InstallStep {
  const { disks } = plan.storage;
  const words = disks.map(diskWords).join('; ');
  return {
    name: disks.length === 1 ? 'find disk' : 'find disks',
    does: `Find ${words} again; exactly one must fit${disks.length === 1 ? '' : ' each'}, and nothing may use ${disks.length === 1 ? 'it' : 'them'}.`,
    script: script(
      knowMounts(),
      checkTools(plan),
      leaveTarget(plan),
      knowUse(),
      shell`: >${`${DISK_FILE}.new`}`,
      ...disks.map((disk) =>
        lines(
          matchDisk(disk),
          refuseUsed(),
          shell`printf '%s\n' "$name" >>${`${DISK_FILE}.new`}
say "$name is the disk of the plan"`,
        ),
      ),
      shell`mv ${`${DISK_FILE}.new`} ${DISK_FILE}`,
    ),
    deadlineMs: 60_000,
    destructive: false,
  };
}

/** Before anything is touched: what the running system lacks, no later step can make up for. */
function checkTools({ storage }: DeployPlan): Shell {
  const { tools, modules } = storageNeeds(storage);
  return lines(
    ...tools.map(
      (tool) =>
        shell`command -v ${tool} >/dev/null || fail ${exitStatus.toolMissing} ${`the system that installs has no ${tool}`}`,
    ),
    ...modules.map(
      (module) =>
        shell`modprobe -q ${module} 2>/dev/null || [ -d ${`/sys/module/${module}`} ] || fail ${exitStatus.toolMissing} ${`the kernel of the system that installs has no ${module}`}`,
    ),
  );
}

/** What an earlier try in this boot left mounted is ours to unmount. */
export function leaveTarget({ storage }: DeployPlan): Shell {
  const points = mountOrder(storage)
    .flatMap(({ mount }) => (mount === undefined || mount === '/' ? [] : [mount]))
    .toReversed();
  const all = [
    '/boot/efi',
    '/sys/firmware/efi/efivars',
    '/dev/pts',
    '/run',
    '/dev',
    '/sys',
    '/proc',
    ...points,
  ];
  return shell`leave() {
  for point in ${all} ''; do
    if mounted "$target$point"; then umount "$target$point"; fi
  done
}
leave
`;
}
