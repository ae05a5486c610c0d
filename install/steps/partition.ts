import type { DeployPlan, PlannedPartition } from '../../model/index.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { exitStatus } from '../exit-status.ts';
import { type InstallIdentifiers, installIdentifiers } from '../identifiers.ts';
import type { InstallContext, InstallStep } from '../install-step.ts';
import { INTENT_FILE } from '../paths.ts';
import { diskWords } from '../plan/storage/describe-storage.ts';
import { knowDevices, useDisk } from './devices.ts';
import { knowUse, matchDisk, refuseUsed } from './find-disk.ts';
import { script } from './prelude.ts';

/** All disks are found and free before the first of them is written to. */
export function partition(plan: DeployPlan, context: InstallContext): InstallStep {
  const { storage } = plan;
  const identifiers = installIdentifiers(context.intentId, storage);
  const only = storage.disks.length === 1;
  return {
    name: 'partition',
    does: only
      ? `Write a new partition table to ${storage.disks.map(diskWords).join()}. What is on it is lost.`
      : `Write new partition tables to ${storage.disks.map(diskWords).join('; ')}. What is on them is lost.`,
    script: script(
      refuseUsedIntent(context.intentId),
      knowDevices(plan),
      knowUse(),
      ...storage.disks.map((disk, index) =>
        lines(
          useDisk(storage, index),
          shell`found_before=$name`,
          matchDisk(disk),
          shell`[ "$name" = "$found_before" ] || fail ${exitStatus.diskChanged} "the disk was $found_before and is $name now"`,
          refuseUsed(),
        ),
      ),
      takeIntent(context.intentId),
      ...storage.disks.map(({ partitions }, index) =>
        lines(useDisk(storage, index), writeTable(partitions, identifiers, index)),
      ),
      ...storage.disks.map(({ partitions }, index) =>
        lines(useDisk(storage, index), waitForPartitions(partitions)),
      ),
    ),
    deadlineMs: 120_000 + 30_000 * (storage.disks.length - 1),
    destructive: true,
  };
}

function refuseUsedIntent(intentId: string): Shell {
  return shell`intent=
[ ! -f ${INTENT_FILE} ] || read -r intent <${INTENT_FILE}
[ "$intent" != ${intentId} ] || fail ${exitStatus.intentUsed} 'this permission to write to the disk was used before'
`;
}

/** Recorded before the first write, so that whoever comes after a cut knows that there may have been one. */
function takeIntent(intentId: string): Shell {
  return shell`printf '%s\n' ${intentId} >${INTENT_FILE}`;
}

function writeTable(
  partitions: readonly PlannedPartition[],
  identifiers: InstallIdentifiers,
  disk: number,
): Shell {
  // wipefs opens exclusively: what the kernel holds in any way, it refuses. Old partitions first, so that no
  // file system of an earlier life shows through where a new partition happens to begin at the same place.
  return lines(
    shell`set --
for entry in "/sys/class/block/$name/$name"*; do
  [ ! -r "$entry/partition" ] || set -- "$@" "/dev/\${entry##*/}"
done
wipefs -a -q "$@" "$disk" || fail ${exitStatus.diskBusy} "$name is in use"`,
    tableCommand(partitions, identifiers, disk),
    shell`udevadm settle --timeout=30 2>/dev/null || :
`,
  );
}

/** To `$disk`. */
export function tableCommand(
  partitions: readonly PlannedPartition[],
  identifiers: InstallIdentifiers,
  disk: number,
): Shell {
  const made = partitions.flatMap((planned) => sgdiskArguments(planned, identifiers, disk));
  return shell`sgdisk ${['-o', '-U', identifiers.disk(disk), ...made]} "$disk"`;
}

function sgdiskArguments(
  { number, size, typeCode, label }: PlannedPartition,
  ids: InstallIdentifiers,
  disk: number,
): string[] {
  const end = size === 'rest' ? '0' : `+${size / 1024}K`;
  return [
    ...['-n', `${number}:0:${end}`],
    ...['-t', `${number}:${typeCode}`],
    ...['-c', `${number}:${label}`],
    ...['-u', `${number}:${ids.partition(disk, number)}`],
  ];
}

function waitForPartitions(partitions: readonly PlannedPartition[]): Shell {
  return shell`for number_wanted in ${partitions.map(({ number }) => number)}; do
  tries=0
  until part "$number_wanted"; do
    tries=$((tries + 1))
    [ $tries -le 20 ] || fail 1 "the kernel does not show partition $number_wanted"
    [ $tries -ne 5 ] || blockdev --rereadpt "$disk" || :
    sleep 0.5
  done
done
say "$name has its new partitions"`;
}
