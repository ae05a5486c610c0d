import { lines, type Shell, shell } from '../../remote/index.ts';
import { broughtFile, noteUnless } from './brought.ts';
import type { LayerStep } from '../layer.ts';
import { publicLine } from './shared-key.ts';
import { hasSudoRule, putSudoRule } from './sudo-rule.ts';

/** Juju logs in as this user everywhere, and makes it where it is not there: it cannot be another one. */
export const LOGIN_USER = 'ubuntu';
const USER = LOGIN_USER;
const RULE = `${USER} ALL=(ALL) NOPASSWD:ALL\n`;

export interface LoginUser {
  readonly layer: string;
  /** What logs in, as people call it. */
  readonly who: string;
  /** From where alone its key is good. */
  readonly from: string;
}

type Layer = Pick<LoginUser, 'layer'>;

const home: Shell = shell`home=$(getent passwd ${USER} | cut -d : -f 6)`;
const hasUser: Shell = shell`getent passwd ${USER} >/dev/null`;
const sudoers = ({ layer }: Layer) => `/etc/sudoers.d/rackwright-${layer}`;
const ours = ({ layer }: Layer) => ` rackwright-${layer}$`;

/** From that address alone: sshd(8), AUTHORIZED_KEYS. */
function accepted({ layer, from }: Pick<LoginUser, 'layer' | 'from'>): Shell {
  return lines(publicLine(layer), shell`line=${`from="${from}" `}"$line"`, home);
}

export function acceptsKey(login: Pick<LoginUser, 'layer' | 'from'>): Shell {
  return lines(
    accepted(login),
    shell`[ "$(grep ${ours(login)} "$home/.ssh/authorized_keys" 2>/dev/null)" = "$line" ]`,
  );
}

/** The user, its right to become root, and the key that is let in. */
export function openLogin(login: LoginUser): readonly LayerStep[] {
  const { layer, who, from } = login;
  return [
    {
      name: `add the user of ${who}`,
      does: `Add the user ${USER}, as whom ${who} logs in, without a password.`,
      done: hasUser,
      script: lines(
        noteUnless(layer, 'user', hasUser),
        shell`useradd --user-group --create-home --shell /bin/bash ${USER}`,
      ),
      deadlineMs: 60_000,
    },
    {
      name: 'allow sudo',
      does: `Let ${USER} become root without a password, as ${who} demands.`,
      done: hasSudoRule(sudoers(login), RULE),
      script: putSudoRule(sudoers(login), RULE),
      deadlineMs: 60_000,
    },
    {
      name: 'accept the key',
      does: `Let the layer's key in as ${USER}, from ${from} alone.`,
      done: acceptsKey(login),
      script: lines(
        accepted(login),
        shell`install -d -m 0700 -o ${USER} -g ${USER} "$home/.ssh"`,
        shell`draft=$(mktemp)`,
        shell`trap 'rm -f "$draft"' EXIT`,
        shell`[ ! -e "$home/.ssh/authorized_keys" ] || grep -v ${ours(login)} "$home/.ssh/authorized_keys" >"$draft" || :`,
        shell`echo "$line" >>"$draft"`,
        shell`install -m 0600 -o ${USER} -g ${USER} "$draft" "$home/.ssh/authorized_keys.new"`,
        shell`mv "$home/.ssh/authorized_keys.new" "$home/.ssh/authorized_keys"`,
      ),
      deadlineMs: 60_000,
    },
  ];
}

export function isLoginOpen(login: Pick<LoginUser, 'layer' | 'from'>): Shell {
  return shell`${hasUser} && ${hasSudoRule(sudoers(login), RULE)} && { ${acceptsKey(login)}; }`;
}

export function closeLogin(layer: string): LayerStep {
  const came = broughtFile(layer, 'user');
  const file = sudoers({ layer });
  const mine = ours({ layer });
  return {
    name: 'close the way in',
    does: `Take the key and the right to become root away from ${USER}, and the user, where it was brought.`,
    done: shell`[ ! -e ${file} ] && [ ! -e ${came} ] && { ${home}; [ -z "$home" ] || ! grep -q ${mine} "$home/.ssh/authorized_keys" 2>/dev/null; }`,
    script: lines(
      home,
      shell`if [ -e ${came} ] && [ -n "$home" ]; then
  systemctl stop "user@$(id -u ${USER}).service" 2>/dev/null || :
  pkill -KILL -u ${USER} || :
  userdel --remove ${USER} 2>/dev/null || ! getent passwd ${USER} >/dev/null
elif [ -n "$home" ] && [ -e "$home/.ssh/authorized_keys" ]; then
  sed -i ${`/${mine}/d`} "$home/.ssh/authorized_keys"
fi`,
      // 90-juju-ubuntu is what Juju itself writes for a user that it made.
      shell`if [ -e ${came} ]; then rm -f /etc/sudoers.d/90-juju-ubuntu; fi`,
      shell`rm -f ${[file, came]}`,
    ),
    deadlineMs: 120_000,
  };
}
