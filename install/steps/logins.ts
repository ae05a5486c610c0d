import type { DeployPlan } from '../../model/index.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import type { InstallContext } from '../install-step.ts';
import { checkPublicKey, checkSystemName } from '../plan/check-words.ts';
import { writeFiles } from './write-files.ts';

/** Our key for root, and a host key made on the machine, whose public half is said for the controller to pin. */
export function ourLogin(context: InstallContext): Shell {
  const text = `${checkPublicKey(context.controllerKey)}\n`;
  return lines(
    shell`mkdir -p "$target/root/.ssh"
chmod 0700 "$target/root/.ssh"`,
    writeFiles([{ path: '/root/.ssh/authorized_keys', text, mode: 0o600 }]),
    shell`ssh-keygen -q -t ed25519 -N '' -C '' -f "$target/etc/ssh/ssh_host_ed25519_key" </dev/null
read -r type key _ <"$target/etc/ssh/ssh_host_ed25519_key.pub"
say "host-key: $type $key"`,
  );
}

/** cloud-init makes the distribution's default user from the seed. Where there is none, or none is wanted, it is made here. */
export function peoplesLogins(plan: DeployPlan, context: InstallContext): Shell {
  const wanted = context.firstBoot === 'none' ? 'no' : 'yes';
  return shell`wanted=${wanted}
if [ ! -x "$target/usr/bin/cloud-init" ] || [ $wanted = no ]; then
mkdir -p "$target/etc/cloud"
: >"$target/etc/cloud/cloud-init.disabled"
${makeUser(plan)}
fi`;
}

/** Named like the system, as cloud images do it; no password, and sudo without one. */
function makeUser(plan: DeployPlan): Shell {
  const user = checkSystemName(plan.image.os);
  const keys = plan.sshKeys.map((line) => `${checkPublicKey(line)}\n`).join('');
  // `*`: no password fits, and yet the account is not locked, as sshd without PAM would take `!` to mean.
  return lines(
    shell`chroot "$target" id ${user} >/dev/null 2>&1 ||
  chroot "$target" useradd --create-home --shell /bin/bash --groups adm,sudo --password '*' ${user}`,
    writeFiles([
      { path: `/home/${user}/.ssh/authorized_keys`, text: keys, mode: 0o600 },
      { path: '/etc/sudoers.d/90-rackwright', text: `${user} ALL=(ALL) NOPASSWD:ALL\n`, mode: 0o440 },
    ]),
    shell`chmod 0700 "$target"${`/home/${user}/.ssh`}
chroot "$target" chown -R ${`${user}:`} ${`/home/${user}/.ssh`}`,
  );
}
