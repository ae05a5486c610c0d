import type { PlannedSystem, SystemSecrets, UserRequest } from '../../model/index.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { checkPublicKey, keyOf } from '../plan/check-words.ts';
import { PASSWORD_FILE } from '../paths.ts';
import { type TargetFile, writeFiles } from './write-files.ts';

/** `inside COMMAND`: runs in the system that is set up, which is this one when it has no directory of its own. */
export function knowInside(): Shell {
  return shell`inside() {
  if [ -n "$target" ]; then chroot "$target" "$@"; else "$@"; fi
}`;
}

/**
 * To be read by `makeUsers`, which runs programs of the image and is therefore sent no secret (docs/security.md, rule
 * 28). By the shell's own printf: nothing of it is in the arguments of a process.
 */
export function keepPasswords({ users }: PlannedSystem, secrets: SystemSecrets | undefined): Shell {
  const known = users.flatMap(({ name, password }) => {
    const hash = password && secrets?.passwords[name];
    return hash === undefined ? [] : [`${name}:${hash}`];
  });
  if (known.length === 0) return lines();
  return shell`umask 077; printf '%s\n' ${known} >${PASSWORD_FILE}; umask 022`;
}

/** All that were asked for. What was there under the name is kept, and gets these keys, groups and password. */
export function makeUsers({ users }: PlannedSystem): Shell {
  const hasPasswords = users.some(({ password }) => password !== undefined);
  return lines(
    ...users.map(makeUser),
    hasPasswords
      ? shell`if [ -f ${PASSWORD_FILE} ]; then
inside chpasswd --encrypted <${PASSWORD_FILE}
rm ${PASSWORD_FILE}
fi`
      : lines(),
  );
}

export function makeUser(user: UserRequest): Shell {
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
    writeFiles([{ path: `${home}/.ssh/authorized_keys`, text, mode: 0o600 }, ...sudoers]),
    shell`chmod 0700 "$target"${`${home}/.ssh`}
inside chown -R ${`${name}:`} ${`${home}/.ssh`}`,
  );
}
