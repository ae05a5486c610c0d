import { lines, type Shell, shell } from '../../remote/index.ts';
import { broughtFile, noteUnless } from '../brought.ts';
import type { LayerStep } from '../layer.ts';
import { hasSudoRule, putSudoRule } from '../sudo-rule.ts';
import { publicLine } from './key.ts';
import type { Context } from './parameters.ts';
import { controllerOf } from './places.ts';

/** Juju logs in as this user everywhere, and makes it where it is not there: it cannot be another one. */
const USER = 'ubuntu';
const SUDOERS = '/etc/sudoers.d/rackwright-juju';
const SUDO_RULE = `${USER} ALL=(ALL) NOPASSWD:ALL\n`;
const OURS = ' rackwright-juju$';

const home: Shell = shell`home=$(getent passwd ${USER} | cut -d : -f 6)`;

const hasUser: Shell = shell`getent passwd ${USER} >/dev/null`;

const addUser: LayerStep = {
  name: 'add the user of Juju',
  does: `Add the user ${USER}, as whom Juju logs in, without a password.`,
  done: hasUser,
  script: lines(
    noteUnless('juju', 'user', hasUser),
    shell`useradd --user-group --create-home --shell /bin/bash ${USER}`,
  ),
  deadlineMs: 60_000,
};

const maySudo: Shell = hasSudoRule(SUDOERS, SUDO_RULE);

const allowSudo: LayerStep = {
  name: 'allow sudo',
  does: `Let ${USER} become root without a password, as Juju demands.`,
  done: maySudo,
  script: putSudoRule(SUDOERS, SUDO_RULE),
  deadlineMs: 60_000,
};

/** From that address alone: sshd(8), AUTHORIZED_KEYS. */
function accepted(context: Context): Shell {
  return lines(publicLine, shell`line=${`from="${controllerOf(context).address}" `}"$line"`, home);
}

export function acceptsKey(context: Context): Shell {
  return lines(
    accepted(context),
    shell`[ "$(grep ${OURS} "$home/.ssh/authorized_keys" 2>/dev/null)" = "$line" ]`,
  );
}

function acceptKey(context: Context): LayerStep {
  return {
    name: 'accept the key',
    does: `Let the controller's key in as ${USER}, from ${controllerOf(context).address} alone.`,
    done: acceptsKey(context),
    script: lines(
      accepted(context),
      shell`install -d -m 0700 -o ${USER} -g ${USER} "$home/.ssh"`,
      shell`draft=$(mktemp)`,
      shell`trap 'rm -f "$draft"' EXIT`,
      shell`[ ! -e "$home/.ssh/authorized_keys" ] || grep -v ${OURS} "$home/.ssh/authorized_keys" >"$draft" || :`,
      shell`echo "$line" >>"$draft"`,
      shell`install -m 0600 -o ${USER} -g ${USER} "$draft" "$home/.ssh/authorized_keys.new"`,
      shell`mv "$home/.ssh/authorized_keys.new" "$home/.ssh/authorized_keys"`,
    ),
    deadlineMs: 60_000,
  };
}

export function account(context: Context): readonly LayerStep[] {
  return [addUser, allowSudo, acceptKey(context)];
}

export function hasAccount(context: Context): Shell {
  return shell`${hasUser} && ${maySudo} && { ${acceptsKey(context)}; }`;
}

const CAME = broughtFile('juju', 'user');

export const closeAccount: LayerStep = {
  name: 'close the way in',
  does: `Take the key and the right to become root away from ${USER}, and the user, where it was brought.`,
  done: shell`[ ! -e ${SUDOERS} ] && [ ! -e ${CAME} ] && { ${home}; [ -z "$home" ] || ! grep -q ${OURS} "$home/.ssh/authorized_keys" 2>/dev/null; }`,
  script: lines(
    home,
    shell`if [ -e ${CAME} ] && [ -n "$home" ]; then
  systemctl stop "user@$(id -u ${USER}).service" 2>/dev/null || :
  pkill -KILL -u ${USER} || :
  userdel --remove ${USER} 2>/dev/null || ! getent passwd ${USER} >/dev/null
elif [ -n "$home" ] && [ -e "$home/.ssh/authorized_keys" ]; then
  sed -i ${`/${OURS}/d`} "$home/.ssh/authorized_keys"
fi`,
    // 90-juju-ubuntu is what Juju itself writes for a user that it made.
    shell`if [ -e ${CAME} ]; then rm -f /etc/sudoers.d/90-juju-ubuntu; fi`,
    shell`rm -f ${SUDOERS} ${CAME}`,
  ),
  deadlineMs: 120_000,
};
