import type { DeployPlan, PlannedGroup, PlannedPool, PlannedStorage, Size } from '../../model/index.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { exitStatus } from '../exit-status.ts';
import { type InstallIdentifiers, installIdentifiers } from '../identifiers.ts';
import type { InstallContext, InstallStep } from '../install-step.ts';
import { knowDevices, locate } from './devices.ts';
import { matchAgain } from './match-again.ts';
import { requireIntent, script } from './prelude.ts';

/** Caches, volume groups and pools: what is made of partitions and arrays. */
export function makeVolumes(plan: DeployPlan, context: InstallContext): InstallStep {
  const ids = installIdentifiers(context.intentId, plan.storage);
  const { groups, caches, pools } = plan.storage;
  const words = [
    ...caches.map(({ name, backing, cache }) => `cache ${name} of ${backing} and ${cache}`),
    ...groups.map(
      ({ name, volumes }) =>
        `volume group ${name} with ${volumes.map((volume) => volume.name).join(', ') || 'no volume'}`,
    ),
    ...pools.map(({ name }) => `ZFS pool ${name}`),
  ];
  return {
    name: 'make volumes',
    does: `Make ${words.join('; ')}.`,
    script: script(
      requireIntent(context.intentId),
      knowDevices(plan),
      matchAgain(plan.storage),
      ...caches.map((cache) => makeCache(plan.storage, cache, ids)),
      ...groups.map((group) => makeGroup(plan.storage, group, ids)),
      ...pools.map((pool) => makePool(plan.storage, pool, ids)),
      shell`udevadm settle --timeout=30 2>/dev/null || :`,
    ),
    deadlineMs: 120_000,
    destructive: true,
  };
}

/** A group of the same name on other disks is not ours to extend or to remove: then `vgcreate` says that there is one. */
function makeGroup(storage: PlannedStorage, group: PlannedGroup, ids: InstallIdentifiers): Shell {
  const { name, members, volumes } = group;
  return lines(
    shell`set --`,
    ...members.map((member) =>
      lines(
        locate(storage, ids, member),
        shell`in_group=$(pvs --noheadings -o vg_name "$part" 2>/dev/null | tr -d ' ') || in_group=
if [ "$in_group" != ${name} ]; then
  wipefs -a -q "$part"
  ${pvcreate(ids.physicalVolume(member))}
  set -- "$@" "$part"
fi`,
      ),
    ),
    shell`case $# in
0) ;;
${members.length}) vgcreate -q ${name} "$@" >/dev/null || fail ${exitStatus.diskBusy} ${`volume group ${name} cannot be made`} ;;
*) vgextend -q ${name} "$@" >/dev/null ;;
esac`,
    ...volumes.map(
      (volume) =>
        shell`lvs ${`${name}/${volume.name}`} >/dev/null 2>&1 || ${lvcreate(name, volume)} >/dev/null`,
    ),
    shell`say ${`volume group ${name} is there`}
`,
  );
}

function pvcreate(uuid: string): Shell {
  return shell`pvcreate -q -ff -y --norestorefile --uuid ${uuid} "$part" >/dev/null`;
}

/** `-W y -y`: what an earlier volume left at this place is wiped without a question. */
export function lvcreate(group: string, { name, size }: { name: string; size: Size }): Shell {
  const extent = size === 'rest' ? ['-l', '100%FREE'] : ['-L', `${size}b`];
  return shell`lvcreate -q -W y -y -n ${name} ${extent} ${group}`;
}

function makeCache(
  storage: PlannedStorage,
  { name, backing, cache, mode }: PlannedStorage['caches'][number],
  ids: InstallIdentifiers,
): Shell {
  return lines(
    locate(storage, ids, cache),
    shell`front=$part`,
    locate(storage, ids, backing),
    shell`set -- /sys/class/block/bcache*/slaves/"\${part##*/}"
if [ ! -e "$1" ]; then
  wipefs -a -q "$front" "$part"
  make-bcache ${['--cset-uuid', ids.cache(name), ...(mode === 'writeback' ? ['--writeback'] : [])]} -B "$part" -C "$front" >/dev/null
  for device in "$part" "$front"; do
    printf '%s' "$device" >/sys/fs/bcache/register 2>/dev/null || :
  done
fi
udevadm settle --timeout=30 2>/dev/null || :`,
    locate(storage, ids, name),
    shell`printf '%s' ${mode} >"/sys/class/block/\${part##*/}/bcache/cache_mode"
say ${`cache ${name} is`} "$part"
`,
  );
}

/** OpenZFS, "Debian Bookworm Root on ZFS": properties that a root is given; the loader's file system is another one. */
function makePool(
  storage: PlannedStorage,
  { name, kind, members, dataset }: PlannedPool,
  ids: InstallIdentifiers,
): Shell {
  const properties = [
    ...['-o', 'ashift=12', '-o', 'autotrim=on'],
    ...[
      'acltype=posixacl',
      'xattr=sa',
      'compression=lz4',
      'relatime=on',
      'mountpoint=none',
      'canmount=off',
    ].flatMap((property) => ['-O', property]),
  ];
  return lines(
    shell`if ! zpool list ${name} >/dev/null 2>&1; then
set --`,
    ...members.map((member) => lines(locate(storage, ids, member), shell`set -- "$@" "$part"`)),
    shell`zpool create -f ${properties} -R "$target" ${[name, ...(kind === 'mirror' ? ['mirror'] : [])]} "$@"
fi
zfs list ${`${name}/${dataset}`} >/dev/null 2>&1 ||
  zfs create -o mountpoint=/ -o canmount=noauto ${`${name}/${dataset}`}
zpool set ${`bootfs=${name}/${dataset}`} ${name}
say ${`pool ${name} is there`}
`,
  );
}
