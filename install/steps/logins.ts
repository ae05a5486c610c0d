import { CodedError, type DeployPlan } from '../../model/index.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import type { InstallContext, PublicContext } from '../install-step.ts';
import { checkPublicKey, checkSystemName, keyOf } from '../plan/check-words.ts';
import { makesDefaultUser } from '../plan/system.ts';
import { keepPasswords, knowInside, makeUser, makeUsers } from './users.ts';
import { writeFiles } from './write-files.ts';

type Plan = Pick<DeployPlan, 'image' | 'sshKeys' | 'system'>;

/** Our key for root, and a host key made on the machine, whose public half is said for the controller to pin. */
export function ourLogin(plan: Plan, context: PublicContext): Shell {
  return lines(
    rootKeys(plan, context),
    shell`ssh-keygen -q -t ed25519 -N '' -C '' -f "$target/etc/ssh/ssh_host_ed25519_key" </dev/null
read -r type key _ <"$target/etc/ssh/ssh_host_ed25519_key.pub"
say "host-key: $type $key"`,
  );
}

/** Ours, and the people's where they may be root. */
export function rootKeys({ sshKeys, system }: Plan, { controllerKey }: PublicContext): Shell {
  const others = system.rootLogin ? sshKeys.filter((line) => keyOf(line) !== keyOf(controllerKey)) : [];
  const text = [controllerKey, ...others].map((line) => `${checkPublicKey(line)}\n`).join('');
  return lines(
    shell`mkdir -p "$target/root/.ssh"
chmod 0700 "$target/root/.ssh"`,
    writeFiles([{ path: '/root/.ssh/authorized_keys', text, mode: 0o600 }]),
  );
}

/** What has to be known before programs of the image run: who makes the people's logins, and their passwords. */
export function prepareLogins(plan: Plan, context: InstallContext): Shell {
  const passwords = keepPasswords(plan.system, knownSecrets(plan, context));
  if (plan.system.userData) {
    return lines(
      shell`[ -x "$target/usr/bin/cloud-init" ] || fail 1 'the image has no cloud-init: nothing would read the user-data'`,
      passwords,
    );
  }
  return lines(
    shell`wanted=${context.firstBoot === 'none' ? 'no' : 'yes'}
if [ ! -x "$target/usr/bin/cloud-init" ] || [ $wanted = no ]; then
mkdir -p "$target/etc/cloud"
: >"$target/etc/cloud/cloud-init.disabled"
fi`,
    passwords,
  );
}

/** cloud-init makes the distribution's default user from the seed. Where it is off, or none is wanted, it is made here. */
export function peoplesLogins(plan: Plan): Shell {
  const { userData, users } = plan.system;
  const ours = !userData && makesDefaultUser(plan);
  if (!ours && users.length === 0) return lines();
  return lines(
    knowInside(),
    ours
      ? lines(
          shell`if [ -e "$target/etc/cloud/cloud-init.disabled" ]; then`,
          makeUser(defaultUser(plan)),
          shell`fi`,
        )
      : lines(),
    makeUsers(plan.system),
  );
}

/** Named like the system, as cloud images do it; no password, and sudo without one. */
export function defaultUser({ image, sshKeys }: Plan) {
  return { name: checkSystemName(image.os), sshKeys, sudo: true, groups: ['adm', 'sudo'] };
}

/** What the plan counts on must be what was consented to. */
export function knownSecrets({ system }: Plan, { secrets }: InstallContext): InstallContext['secrets'] {
  const missing = system.users.find(
    ({ name, password }) => password && !Object.hasOwn(secrets?.passwords ?? {}, name),
  );
  if (missing)
    throw new CodedError('INTERNAL', `The password of user ${missing.name} is not in the store any more.`);
  if (system.userData && secrets?.userData === undefined)
    throw new CodedError('INTERNAL', 'The user-data is not in the store any more.');
  return secrets;
}
