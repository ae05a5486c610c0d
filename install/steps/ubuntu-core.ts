import { type Shell, shell } from '../../remote/index.ts';
import type { InstallContext, InstallStep } from '../install-step.ts';
import {
  PRIVATE_CONFIG,
  PUBLIC_CONFIG,
  privateConfigText,
  publicConfigText,
  SEED_CONFIG,
} from '../writers/ubuntu-core.ts';
import { knowDevices } from './devices.ts';
import type { DiskPlan } from './disk-image.ts';
import { adoptTable } from './disk-image-configure.ts';
import { NO_REACH } from './disk-image-reach.ts';
import { knownSecrets } from './logins.ts';
import { knowMounts, requireIntent, script } from './prelude.ts';
import { writeFiles } from './write-files.ts';

/** Ubuntu Core 20 and newer installs itself at its first boot, and takes what cloud-init is told from its own seed. */
export function configureUbuntuCore(plan: DiskPlan, context: InstallContext): InstallStep {
  const secrets = knownSecrets(plan, context);
  return {
    name: 'configure',
    does: `Move its backup partition table to the end of the disk. If its model is of grade dangerous: put onto ubuntu-seed what makes it ${plan.system.hostname} at ${plan.network.address}, with keys; otherwise it starts as it is, and cannot be reached.`,
    script: script(
      requireIntent(context.intentId),
      knowDevices(plan),
      knowMounts(),
      adoptTable(),
      mountSeed(),
      leaveIfGraded(),
      writeFiles([
        { path: `${SEED_CONFIG}/${PUBLIC_CONFIG}`, text: publicConfigText(plan), mode: 0o644 },
        {
          path: `${SEED_CONFIG}/${PRIVATE_CONFIG}`,
          text: privateConfigText(plan, context, secrets),
          mode: 0o600,
        },
      ]),
      addHostKey(),
      shell`umount "$target"
sync
say 'reach: ssh'`,
    ),
    deadlineMs: 180_000,
    destructive: false,
    holdsSecrets: context.secrets !== undefined,
  };
}

/** By the name of its partition, or by its label, whose case FAT does not keep everywhere. */
function mountSeed(): Shell {
  return shell`seed=
for entry in "/sys/class/block/$name/$name"*; do
  [ -r "$entry/partition" ] || continue
  part=/dev/\${entry##*/}
  [ "$(blkid -p -s TYPE -o value "$part" 2>/dev/null)" = vfat ] || continue
  case $(blkid -p -s PART_ENTRY_NAME -o value "$part" 2>/dev/null)/$(blkid -p -s LABEL -o value "$part" 2>/dev/null) in
  ubuntu-seed/* | */ubuntu-seed | */UBUNTU-SEED) seed=$part ;;
  esac
done
[ -n "$seed" ] || fail 1 'no partition of the image is ubuntu-seed, with a FAT file system'
mkdir -p "$target"
mounted "$target" || mount -t vfat -o nosuid,nodev,noexec,umask=077 "$seed" "$target" ||
  fail 1 "$seed of the image cannot be mounted for writing"
say "its seed is $seed"
`;
}

/** snapd, sysconfig/cloudinit.go: signed takes what is for MAAS alone, secured takes nothing. */
function leaveIfGraded(): Shell {
  return shell`grades=
for model in "$target"/systems/*/model; do
  [ -f "$model" ] || continue
  grade=$(sed -n 's/^grade: *\\([a-z]*\\).*/\\1/p' "$model")
  case " $grades " in
  *" $grade "*) ;;
  *) grades="$grades\${grades:+ }$grade" ;;
  esac
done
[ -n "$grades" ] || fail 1 "$seed holds no recovery system with a graded model: this is no Ubuntu Core 20 or newer"
if [ "$grades" != dangerous ]; then
  say "its model is of grade $grades: it takes no configuration from the disk, and is set up at its console"
  umount "$target"
  say ${NO_REACH}
  exit 0
fi
`;
}

/** It is made here, so that the controller knows it; the private half goes nowhere but onto this disk. */
function addHostKey(): Shell {
  return shell`rm -f "$state/host-key" "$state/host-key.pub"
ssh-keygen -q -t ed25519 -N '' -C '' -f "$state/host-key" </dev/null
read -r type key _ <"$state/host-key.pub"
{
  printf '%s\\n' 'ssh_keys:' '  ed25519_private: |'
  sed 's/^/    /' "$state/host-key"
  printf '  ed25519_public: "%s %s"\\n' "$type" "$key"
} >>"$target"${`${SEED_CONFIG}/${PRIVATE_CONFIG}`}
rm -f "$state/host-key" "$state/host-key.pub"
say "host-key: $type $key"
`;
}

/**
 * To be run once it answers: by then its host key and users are where they belong. snapd copies what was on the seed
 * twice, readable for all; a reset to factory state makes a new host key.
 */
export function tidyUbuntuCore(): Shell {
  return shell`for directory in /run/mnt/ubuntu-seed/data /writable/system-data/_writable_defaults /writable/system-data ''; do
  rm -f "$directory"/etc/cloud/cloud.cfg.d/*${PRIVATE_CONFIG}
done
sync`;
}
