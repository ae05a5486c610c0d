import type { DeployPlan } from '../model/index.ts';
import { lines, type Shell, shell } from '../remote/index.ts';
import { takeAddress } from './ephemeral-steps.ts';
import { exitStatus } from './exit-status.ts';
import { installIdentifiers } from './identifiers.ts';
import type { PublicContext } from './install-step.ts';
import { KERNEL_FILE, STATE } from './paths.ts';
import { knowDevices } from './steps/devices.ts';
import { knowMounts, mountTarget, requireIntent, script } from './steps/prelude.ts';
import { commandLine } from './writers/grub.ts';

export interface Entry {
  /** Makes ready what `go` enters; may be repeated. Before or after `finish`: it mounts the root itself, if it must. */
  readonly load: Shell;
  /** Returns at once; a second later the machine leaves the ephemeral system, and the SSH session ended in order. */
  readonly go: Shell;
}

export function enterInstalled(plan: DeployPlan, context: PublicContext): Entry {
  // It runs already; what it leaves is its old address.
  if (plan.ephemeral) return { load: shell`:`, go: later(takeAddress(plan)) };
  switch (plan.enter) {
    case 'reboot':
      // Nothing in memory is worth an orderly stop: forced, systemd writes out, unmounts and resets.
      return { load: shell`:`, go: later(shell`systemctl reboot --force`) };
    case 'kexec':
      return { load: loadKernel(plan, context), go: later(shell`kexec -e || systemctl reboot --force`) };
  }
}

/** `-s`: the kernel itself checks the signature of the next one, which Secure Boot demands. */
function loadKernel(plan: DeployPlan, context: PublicContext): Shell {
  const line = commandLine(plan, installIdentifiers(context.intentId, plan.storage));
  return script(
    requireIntent(context.intentId),
    knowDevices(plan),
    knowMounts(),
    shell`kernel=
[ ! -f ${KERNEL_FILE} ] || read -r kernel <${KERNEL_FILE}
[ -n "$kernel" ] || fail ${exitStatus.interrupted} 'no kernel was installed in this boot'
was_mounted=1
mounted "$target" || was_mounted=0`,
    mountTarget(plan, context.intentId),
    shell`kexec -s -l "$target/boot/vmlinuz-$kernel" --initrd="$target/boot/initrd.img-$kernel" --command-line=${line}
[ $was_mounted -eq 1 ] || umount -R "$target"
say "kernel $kernel is loaded"`,
  );
}

/** From a file: in the words of a unit, systemd would put variables of its own in the place of the shell's (systemd.service(5)). */
function later(command: Shell): Shell {
  const file = `${STATE}/leave`;
  return shell`mkdir -p -m 0700 ${STATE}
printf %s ${lines(shell`sleep 1`, command).text} >${file}
systemd-run --quiet --no-block --collect /bin/sh ${file}`;
}
