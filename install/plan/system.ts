import type { DeployPlan, PlannedSystem, SystemRequest, UserRequest } from '../../model/index.ts';
import { checkHostname, checkPackageName, checkPublicKey } from './check-words.ts';
import { quoted, refuse } from './refuse.ts';
import { checkTimezone } from './system-timezone.ts';

export interface SystemInput {
  readonly request?: SystemRequest;
  readonly machineName: string;
  readonly image: { readonly name: string; readonly os: string };
  /** Whether cloud-init is in the image. Absent: nobody knows before the image is unpacked. */
  readonly cloudInit?: boolean;
}

/** useradd(8) of Debian, without what only looks like a name: it is a path and a line of sudoers(5) as well. */
const userName = /^[a-z][a-z0-9_-]{0,31}$/;
/** Debian policy, section 9.2: users that packages and the base system have. */
const systemUsers = new Set(
  'root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc gnats nobody messagebus sshd systemd-network systemd-resolve systemd-timesync _apt'.split(
    ' ',
  ),
);
const sha256 = /^[0-9a-f]{64}$/;
const MOST = 64;

/** @throws CodedError REQUEST_INVALID naming the path at fault */
export function planSystem({ request = {}, machineName, image, cloudInit }: SystemInput): PlannedSystem {
  const { users = [], packages = [], timezone, userData, rootLogin = false } = request;
  if (users.length > MOST) refuse('system.users', `There are more than ${MOST}.`);
  if (packages.length > MOST) refuse('system.packages', `There are more than ${MOST}.`);
  if (userData && cloudInit === false)
    refuse('system.userData', `${image.name} has no cloud-init, so nothing would read it.`);
  if (userData && (!sha256.test(userData.sha256) || !Number.isInteger(userData.size)))
    refuse('system.userData', 'Its digest and size are not what the API makes of it.');
  return {
    hostname: field('system.hostname', () => checkHostname(request.hostname ?? machineName)),
    ...(timezone !== undefined && { timezone: checkTimezone(timezone, 'system.timezone') }),
    users: users.map((user, index) => planUser(user, `system.users[${index}]`, users.slice(0, index))),
    rootLogin,
    packages: [
      ...new Set(
        packages.map((name, index) => field(`system.packages[${index}]`, () => checkPackageName(name))),
      ),
    ],
    ...(userData && { userData: { kind: userData.kind, sha256: userData.sha256, size: userData.size } }),
  };
}

/** Somebody has to be able to log in; who named users and no keys for the default one did not mean it. */
export function makesDefaultUser({ sshKeys, system }: Pick<DeployPlan, 'sshKeys' | 'system'>): boolean {
  return sshKeys.length > 0 || system.users.length === 0;
}

function planUser(user: UserRequest, path: string, before: readonly UserRequest[]): UserRequest {
  const { name, sshKeys, sudo = false, groups = [], password } = user;
  if (!userName.test(name))
    refuse(
      `${path}.name`,
      `${quoted(name)} is no user name: a small letter, then small letters, digits, _ and -; at most 32.`,
    );
  if (systemUsers.has(name)) refuse(`${path}.name`, `${name} is a user of the system itself.`);
  if (before.some((other) => other.name === name)) refuse(`${path}.name`, `${name} is there already.`);
  if (password && !sha256.test(password.sha256))
    refuse(`${path}.password`, 'Its digest is not what the API makes of it.');
  if (sshKeys.length === 0 && !password)
    refuse(`${path}.sshKeys`, `${name} could not log in: give a key, or the hash of a password.`);
  return {
    name,
    sshKeys: [
      ...new Set(
        sshKeys.map((line, index) => field(`${path}.sshKeys[${index}]`, () => checkPublicKey(line))),
      ),
    ],
    sudo,
    groups: groups.map((group, index) =>
      userName.test(group) ? group : refuse(`${path}.groups[${index}]`, `${quoted(group)} is no group name.`),
    ),
    ...(password && { password: { sha256: password.sha256 } }),
  };
}

/** The checks of single words do not know where their word stands. */
function field<Value>(path: string, check: () => Value): Value {
  try {
    return check();
  } catch (error) {
    return refuse(path, (error as Error).message);
  }
}
