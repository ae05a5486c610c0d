import type { PlannedSystem, SystemSecrets, UserRequest } from '../../model/index.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { checkPublicKey, keyOf } from '../plan/check-words.ts';
import { type TargetFile, writeFiles } from './write-files.ts';

/** `inside COMMAND`: runs in the system that is set up, which is this one when it has no directory of its own. */
export function knowInside(): Shell {
  return shell`inside() {
  if [ -n "$target" ]; then chroot "$target" "$@"; else "$@"; fi
}`;
}

/** All that were asked for. What was there under the name is kept, and gets these keys, groups and password. */
export function makeUsers({ users }: PlannedSystem, secrets: SystemSecrets | undefined): Shell {
  return lines(...users.map((user) => makeUser(user, user.password && secrets?.passwords[user.name])));
}

export function makeUser(user: UserRequest, passwordHash?: string): Shell {
  const { name, sshKeys, sudo = false, groups = [] } = user;
  const home = `/home/${name}`;
  const keys = [...new Map(sshKeys.map((line) => [keyOf(line), line])).values()];
  const text = keys.map((line) => `${checkPublicKey(line)}\n`).join('');
  const sudoers: TargetFile[] = sudo
    ? [
        {
          path: `/etc/sudoers.d/90-rackwright-${name}`,
          text: `${name} ALL=(ALL) NOPASSWD:ALL\n`,
          mode: 0o440,
        },
      ]
    : [];
  return lines(
    // `*`: no password fits, and yet the account is not locked, as sshd without PAM would take `!` to mean.
    shell`inside id ${name} >/dev/null 2>&1 ||
  inside useradd --create-home --shell /bin/bash --password '*' ${name}`,
    groups.length === 0 ? lines() : shell`inside usermod --append --groups ${groups.join(',')} ${name}`,
    // By the shell's own printf: nothing of it is in the arguments of a process.
    passwordHash === undefined
      ? lines()
      : shell`printf '%s\n' ${`${name}:${passwordHash}`} | inside chpasswd --encrypted`,
    writeFiles([{ path: `${home}/.ssh/authorized_keys`, text, mode: 0o600 }, ...sudoers]),
    shell`chmod 0700 "$target"${`${home}/.ssh`}
inside chown -R ${`${name}:`} ${`${home}/.ssh`}`,
  );
}
