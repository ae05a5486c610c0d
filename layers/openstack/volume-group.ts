import { lines, type Shell, shell } from '../../remote/index.ts';
import type { Demand, LayerStep } from '../layer.ts';
import { does, hasVolumes } from './duties.ts';
import { moduleDemand } from './kernel-modules.ts';
import type { Context } from './parameters.ts';

/** In the group itself, so that it tells whose it is wherever its disks are. */
const TAG = 'rackwright';

/**
 * `used DISK` says why a disk is not free, or nothing. What LVM has prepared and put into no group yet is ours, cut off:
 * there is nothing in it.
 */
export const used: Shell = shell`used() {
  [ -b "$1" ] || { echo "there is no disk $1"; return; }
  real=$(readlink -f "$1") name=$(basename "$(readlink -f "$1")")
  read -r read_only <"/sys/class/block/$name/ro"
  [ "$read_only" = 0 ] || { echo "$1 can only be read"; return; }
  read -r number <"/sys/class/block/$name/dev"
  if grep -q "^[0-9]* [0-9]* $number " /proc/self/mountinfo || cut -d " " -f 1 /proc/self/mounts | grep -qxF "$real"; then echo "$1 is mounted"; return; fi
  if cut -d " " -f 1 /proc/swaps | grep -qxF "$real"; then echo "$1 is swap in use"; return; fi
  for part in "/sys/class/block/$name/$name"*; do
    [ ! -e "$part" ] || { echo "$1 has the partition \${part##*/}"; return; }
  done
  for holder in "/sys/class/block/$name/holders"/*; do
    [ ! -e "$holder" ] || { echo "$1 is used by \${holder##*/}"; return; }
  done
  kinds=$(wipefs --no-act --noheadings --output TYPE "$real" | sort -u | tr '\\n' ' ')
  case $kinds in
  '') ;;
  'LVM2_member ') { command -v pvs >/dev/null && group=$(pvs --noheadings -o vg_name "$real" 2>/dev/null) && [ -z "$(echo $group)" ]; } || echo "$1 is of a volume group already" ;;
  *) echo "$1 has something on it: $kinds" ;;
  esac
}`;

function isThere({ parameters }: Context): Shell {
  return shell`vgs ${parameters.volumeGroup} >/dev/null 2>&1`;
}

function devicesOf({ parameters }: Context): readonly string[] {
  return parameters.volumeDevices?.split(',') ?? [];
}

/** Ends with 1 and the reason when one of them is not free. */
export function refuseUsed(devices: readonly string[]): Shell {
  return lines(
    used,
    ...devices.map(
      (device) => shell`why=$(used ${device})
[ -z "$why" ] || { echo "$why"; exit 1; }`,
    ),
  );
}

export function volumeDemands(context: Context): readonly Demand[] {
  if (!hasVolumes(context)) return [];
  if (does(context, 'compute'))
    return [
      moduleDemand(
        'iscsi_tcp',
        'a volume on a server',
        'install a kernel that has it, or lay the cloud without a storage machine',
      ),
    ];
  if (!does(context, 'storage')) return [];
  const { volumeGroup } = context.parameters;
  const devices = devicesOf(context);
  const none = `there is no volume group ${volumeGroup}, and volumeDevices names no disk to make it of`;
  return [
    moduleDemand('dm_mod', 'LVM', 'install a kernel that has it'),
    {
      kind: 'script',
      name: `the volume group ${volumeGroup}, or free disks for it`,
      code: 'LAYER_UNMET',
      script: lines(
        shell`if command -v vgs >/dev/null && ${isThere(context)}; then exit 0; fi`,
        devices.length === 0 ? shell`echo ${none}; exit 1` : refuseUsed(devices),
      ),
    },
  ];
}

/** The demand may be days old: the disks are looked at once more, and LVM itself takes none that somebody holds. */
export function makeVolumeGroup(context: Context): LayerStep {
  const { volumeGroup } = context.parameters;
  const devices = devicesOf(context);
  const where = devices.length > 0 ? `make it of ${devices.join(', ')} where it is not` : 'which is there';
  return {
    name: 'make the volume group',
    does: `Have the volume group ${volumeGroup}: ${where}.`,
    done: isThere(context),
    script:
      devices.length === 0
        ? shell`echo ${`there is no volume group ${volumeGroup} any more`}; exit 1`
        : lines(
            refuseUsed(devices),
            // Without --yes: it asks before it writes over what it knows, and nobody answers.
            shell`vgcreate --addtag ${TAG} ${volumeGroup} ${devices} </dev/null`,
          ),
    deadlineMs: 300_000,
  };
}

const ours = shell`vgs --noheadings -o vg_name -S ${`vg_tags=${TAG}`} 2>/dev/null`;

/** With its volumes: what the cloud knew of them goes with the controller. A group of somebody else stays as it is. */
export const dropVolumeGroup: LayerStep = {
  name: 'remove the volume group',
  does: 'Remove the volume group that was made for the cloud, with all volumes in it. One that was there before stays.',
  done: shell`! command -v vgs >/dev/null || [ -z "$(${ours})" ]`,
  script: lines(
    shell`for file in /var/lib/cinder/volumes/*; do
  [ -e "$file" ] || continue
  target=$(sed -n 's/^<target \\(.*\\)>$/\\1/p' "$file")
  [ -z "$target" ] || tgt-admin --force --delete "$target" || true
done`,
    shell`for group in $(${ours}); do
  disks=$(pvs --noheadings -o pv_name -S vg_name="$group")
  vgremove --yes "$group"
  for disk in $disks; do pvremove --yes "$disk"; done
done`,
  ),
  deadlineMs: 300_000,
};
