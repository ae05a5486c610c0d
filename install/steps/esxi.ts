import { CodedError } from '../../model/index.ts';
import { type Shell, shell } from '../../remote/index.ts';
import type { InstallContext, InstallStep } from '../install-step.ts';
import { checkPublicKey, keyOf } from '../plan/check-words.ts';
import { esxiFirstBoot } from '../writers/esxi-first-boot.ts';
import { knowDevices } from './devices.ts';
import type { DiskPlan } from './disk-image.ts';
import { knowMounts, requireIntent, script } from './prelude.ts';
import { writeFiles } from './write-files.ts';

/** Below the second boot bank, which the running system has at /altbootbank. */
const FOLDER = '/rackwright';

/**
 * ESXi runs from memory, and a root of it is on no partition. Its second boot bank is a FAT file system that holds nothing
 * until the first update: the %firstboot of the image runs what is put there. The partition table stays as it was written,
 * as it does where others deploy such images.
 */
export function configureEsxi(plan: DiskPlan, context: InstallContext): InstallStep {
  const { hostname } = plan.system;
  return {
    name: 'configure',
    does: `Put onto the second boot bank what its first boot runs to become ${hostname} at ${plan.network.address}, with keys.`,
    script: script(
      requireIntent(context.intentId),
      knowDevices(plan),
      knowMounts(),
      demandBootBank(),
      shell`bank 6
mounted "$target" || mount -t vfat -o nosuid,nodev,noexec,umask=077 "$part" "$target" ||
  fail 1 "$part of the image cannot be mounted for writing"
rm -rf "$target"${FOLDER}`,
      writeFiles([
        {
          path: `${FOLDER}/first-boot.sh`,
          text: esxiFirstBoot(hostname, plan.network).text,
          mode: 0o600,
        },
        { path: `${FOLDER}/authorized_keys`, text: rootKeysText(plan, context), mode: 0o600 },
      ]),
      makeHostKeys(),
      shell`umount "$target"
sync
say 'reach: ssh'`,
    ),
    deadlineMs: 180_000,
    destructive: false,
  };
}

/** `bank N`: sets `$part`. The first one is looked at before the second is written to. */
function demandBootBank(): Shell {
  return shell`bank() {
  part "$1" || part=
  [ "$(blkid -p -s TYPE -o value "$part" 2>/dev/null)" = vfat ] ||
    fail 1 "partition $1 of the image is no boot bank with a FAT file system"
}
mkdir -p "$target"
if ! mounted "$target"; then
  bank 5
  mount -t vfat -o ro,nosuid,nodev,noexec "$part" "$target"
  found=yes
  [ -e "$target/boot.cfg" ] || found=no
  umount "$target"
  [ $found = yes ] || fail 1 "$part holds no boot.cfg: this is no boot bank of ESXi"
fi`;
}

/** Of the kinds that ESXi makes at its first boot; both are ours, and either may be shown. */
function makeHostKeys(): Shell {
  return shell`for type in rsa ecdsa; do
  key=$state/ssh_host_\${type}_key
  rm -f "$key" "$key.pub"
  bits=256
  [ $type = ecdsa ] || bits=3072
  ssh-keygen -q -t $type -b $bits -N '' -C '' -f "$key" </dev/null
  cp "$key" "$key.pub" "$target"${FOLDER}/
  read -r kind public _ <"$key.pub"
  say "host-key: $kind $public"
  rm -f "$key" "$key.pub"
done`;
}

/** People's and ours. Its sshd in FIPS mode takes no Ed25519, so we have a second one. */
function rootKeysText({ sshKeys }: DiskPlan, { controllerKey, fipsKey }: InstallContext): string {
  if (fipsKey === undefined) throw new CodedError('INTERNAL', 'There is no key of ours that ESXi takes.');
  const keys = [fipsKey, controllerKey, ...sshKeys].map(checkPublicKey);
  return [...new Map(keys.map((line) => [keyOf(line), line])).values()].map((line) => `${line}\n`).join('');
}
