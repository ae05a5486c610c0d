import type { DeployPlan } from '../../model/index.ts';
import type { InstallContext } from '../install-step.ts';
import { keyOf } from '../plan/check-words.ts';
import { makesDefaultUser } from '../plan/system.ts';
import { type YamlValue, yamlText } from './yaml.ts';

type Plan = Pick<DeployPlan, 'sshKeys' | 'system'>;

/** cloud-init, NoCloud datasource: both files must be there. */
export function metaDataText(instanceId: string, hostname: string): string {
  return yamlText({ 'instance-id': instanceId, 'local-hostname': hostname });
}

/** The operator's, as it came. Without it, the logins. */
export function userDataText(plan: Plan, context: InstallContext): string {
  return context.secrets?.userData ?? `#cloud-config\n${yamlText(logins(plan, context))}`;
}

/**
 * What the installer has done already, cloud-init is to leave as it is. The operator's user-data has precedence over
 * what is here: cloud-init merges the system's configuration first.
 */
export function cloudConfigText(plan: Plan, context: InstallContext): string {
  // ds-identify(8) is a shell script and reads this list only from one line.
  return `datasource_list: [ NoCloud, None ]\n${yamlText({
    network: { config: 'disabled' },
    preserve_hostname: true,
    manage_etc_hosts: false,
    ssh_deletekeys: false,
    ssh_genkeytypes: ['ed25519'],
    apt: { preserve_sources_list: true },
    // Leave the image's own; where no locales are installed, setting one fails and the machine counts as degraded.
    locale: false,
    growpart: { mode: 'off' },
    resize_rootfs: false,
    // Otherwise it puts a command before each key of root that tells people to log in as somebody else.
    ...(plan.system.rootLogin ? { disable_root: false } : {}),
    ...(plan.system.userData ? logins(plan, context) : {}),
  })}`;
}

/**
 * The distribution's default user with the keys of the people. Our own key is root's; named here too, cloud-init
 * would turn it into one that may not log in (`disable_root`).
 */
function logins(plan: Plan, { controllerKey }: InstallContext): Record<string, YamlValue> {
  const keys = plan.sshKeys.filter((line) => keyOf(line) !== keyOf(controllerKey));
  // Its schema refuses an empty list of keys.
  return {
    users: makesDefaultUser(plan) ? ['default'] : [],
    ...(keys.length === 0 ? {} : { ssh_authorized_keys: keys }),
  };
}
