import { type Shell, shell } from '../../remote/index.ts';
import { exitStatus } from '../exit-status.ts';
import type { InstallContext, InstallStep } from '../install-step.ts';
import { metaDataText, userDataText } from '../writers/cloud-seed.ts';
import { hostsText } from '../writers/hosts.ts';
import { knowDevices } from './devices.ts';
import type { DiskPlan } from './disk-image.ts';
import { NO_REACH } from './disk-image-reach.ts';
import { ourLogin, prepareLogins } from './logins.ts';
import { writeNetwork } from './network.ts';
import { knowMounts, requireIntent, script } from './prelude.ts';
import { setTimezone } from './timezone.ts';
import { type TargetFile, writeFiles } from './write-files.ts';

/**
 * Into a root that can be mounted goes what an installation would put there. An image without one (another system,
 * encrypted, within LVM) is left as it is, and the deployment ends when the machine was restarted from its disk.
 */
export function configureDiskImage(plan: DiskPlan, context: InstallContext): InstallStep {
  return {
    name: 'configure',
    does: `Move its backup partition table to the end of the disk. If its root can be mounted: make it ${plan.system.hostname} at ${plan.network.address}, with keys; otherwise it starts as it is, and cannot be reached.`,
    script: script(
      requireIntent(context.intentId),
      knowDevices(plan),
      knowMounts(),
      adoptTable(),
      mountRoot(),
      shell`[ -n "$root" ] || { say ${NO_REACH}; exit 0; }`,
      forgetTheImage(),
      writeFiles(files(plan, context)),
      writeNetwork(plan.network),
      setTimezone(plan.system.timezone),
      prepareLogins(plan, context),
      ourLogin(plan, context),
      shell`say 'reach: ssh'`,
    ),
    deadlineMs: 180_000,
    destructive: false,
    holdsSecrets: context.secrets !== undefined,
  };
}

/** UEFI 2.10, 5.3.2: the backup belongs into the last block. sgdisk would turn an MBR into a GPT, so it is asked first. */
export function adoptTable(): Shell {
  return shell`kind=$(blkid -p -s PTTYPE -o value "$disk" 2>/dev/null) || kind=
if [ "$kind" = gpt ]; then
  sgdisk -e "$disk" >/dev/null || fail 1 "the partition table of the image cannot be moved to the end of $name"
  say 'the backup partition table is at the end of the disk'
fi
blockdev --rereadpt "$disk" 2>/dev/null || partx -u "$disk" 2>/dev/null || :
udevadm settle --timeout=30 2>/dev/null || :
`;
}

/** Sets `$root` to the one partition that holds a system, and mounts it at `$target`. Looked at read-only, and one after the other. */
export function mountRoot(): Shell {
  return shell`root=
mkdir -p "$target"
for entry in "/sys/class/block/$name/$name"*; do
  [ -r "$entry/partition" ] || continue
  part=/dev/\${entry##*/}
  case $(blkid -p -s TYPE -o value "$part" 2>/dev/null) in
  ext4 | xfs | btrfs) ;;
  *) continue ;;
  esac
  if ! mounted "$target"; then mount -o ro,nosuid,nodev "$part" "$target" 2>/dev/null || continue; fi
  if [ -e "$target/etc/os-release" ] && [ -d "$target/usr/bin" ]; then
    [ -z "$root" ] || { umount "$target"; fail 1 "two partitions of the image hold a system: $root and $part"; }
    root=$part
  fi
  umount "$target"
done
if [ -n "$root" ]; then
  mount "$root" "$target" || fail ${exitStatus.diskChanged} "$root of the image cannot be mounted for writing"
  say "its root is $root"
else
  say 'no partition of the image holds a system that can be mounted'
fi
`;
}

/** As for an unpacked image; its own file system table and boot loader stay, for they fit it. */
function forgetTheImage(): Shell {
  return shell`cd "$target"
rm -rf etc/machine-id etc/ssh/ssh_host_* var/lib/systemd/random-seed var/lib/dhcp/*.leases var/lib/cloud/instance \
  var/lib/cloud/instances var/lib/cloud/data var/lib/cloud/sem var/lib/cloud/seed etc/netplan/50-cloud-init.yaml \
  etc/network/interfaces.d/50-cloud-init*
: >etc/machine-id
cd /
`;
}

function files(plan: DiskPlan, context: InstallContext): TargetFile[] {
  const { hostname } = plan.system;
  const seed = '/var/lib/cloud/seed/nocloud';
  return [
    { path: '/etc/hostname', text: `${hostname}\n`, mode: 0o644 },
    { path: '/etc/hosts', text: hostsText(plan.network, hostname), mode: 0o644 },
    { path: '/etc/cloud/cloud.cfg.d/99-rackwright.cfg', text: cloudConfig, mode: 0o644 },
    { path: `${seed}/meta-data`, text: metaDataText(context.seed.instanceId, hostname), mode: 0o600 },
    { path: `${seed}/user-data`, text: userDataText(plan, context), mode: 0o600 },
  ];
}

/** Unlike after an installation of ours, cloud-init grows the root: the image is smaller than the disk. */
const cloudConfig = `datasource_list: [ NoCloud, None ]
network: {config: disabled}
preserve_hostname: true
manage_etc_hosts: false
ssh_deletekeys: false
disable_root: false
`;
