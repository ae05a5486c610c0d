import type { DeployPlan, PlannedArray } from '../../model/index.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { type InstallIdentifiers, installIdentifiers } from '../identifiers.ts';
import type { InstallContext, InstallStep } from '../install-step.ts';
import { knowDevices, locate } from './devices.ts';
import { matchAgain } from './match-again.ts';
import { requireIntent, script, tellUdev } from './prelude.ts';

export function makeArrays(plan: DeployPlan, context: InstallContext): InstallStep {
  const ids = installIdentifiers(context.intentId, plan.storage);
  const { arrays } = plan.storage;
  return {
    name: 'make arrays',
    does: `Make ${arrays.map(({ name, level, members }) => `array ${name}, ${level} of ${members.join(', ')}`).join('; ')}.`,
    script: script(
      requireIntent(context.intentId),
      knowDevices(plan),
      matchAgain(plan.storage),
      ...arrays.map((array) => makeArray(plan, array, ids)),
    ),
    deadlineMs: 120_000,
    destructive: true,
  };
}

/** Once made, it is left alone: a second try after a cut goes on with the next. */
function makeArray({ storage }: DeployPlan, array: PlannedArray, ids: InstallIdentifiers): Shell {
  return lines(
    shell`if ! array ${ids.array(array.name)}; then
set --`,
    ...array.members.map((member) =>
      lines(
        locate(storage, ids, member),
        // udev may have put together what an earlier life left at this very place.
        shell`for holder in "/sys/class/block/\${part##*/}"/holders/md*; do
  [ ! -e "$holder" ] || mdadm --quiet --stop "/dev/\${holder##*/}"
done
mdadm --quiet --zero-superblock "$part" 2>/dev/null || :
wipefs -a -q "$part"
set -- "$@" "$part"`,
      ),
    ),
    arrayCommand(array, ids),
    tellUdev(shell`"$@"`),
    shell`fi
udevadm settle --timeout=30 2>/dev/null || :
array ${ids.array(array.name)} || fail 1 ${`the kernel does not show array ${array.name}`}
say ${`array ${array.name} is`} "$part"
`,
  );
}

/**
 * Of the devices in `"$@"`. The superblock is one that GRUB reads, inside the first MiB; a bitmap makes the repair after a crash
 * short. No name of a host in it: the machine that rescues the disks is not the one that made them.
 */
export function arrayCommand(
  { name, level, metadata, members }: PlannedArray,
  ids: Pick<InstallIdentifiers, 'array'>,
): Shell {
  const bitmap = level === 'raid0' ? [] : ['--bitmap=internal'];
  return shell`mdadm --create ${`/dev/md/${name}`} --quiet --run ${[
    `--metadata=${metadata}`,
    `--level=${level.replace('raid', '')}`,
    `--raid-devices=${members.length}`,
    `--uuid=${ids.array(name)}`,
    `--name=${name}`,
    '--homehost=any',
    ...bitmap,
  ]} "$@"`;
}
