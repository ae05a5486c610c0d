import type { DeployPlan } from '../../model/index.ts';
import { keyOf } from '../plan/check-words.ts';
import { yamlText } from './yaml.ts';

/** cloud-init, NoCloud datasource: both files must be there. */
export function metaDataText(instanceId: string, hostname: string): string {
  return yamlText({ 'instance-id': instanceId, 'local-hostname': hostname });
}

/**
 * The distribution's default user with the keys of the people. Our own key is root's; named here too, cloud-init
 * would turn it into one that may not log in (`disable_root`).
 */
export function userDataText(plan: DeployPlan, controllerKey: string): string {
  const keys = plan.sshKeys.filter((line) => keyOf(line) !== keyOf(controllerKey));
  // Its schema refuses an empty list of keys.
  const logins = keys.length === 0 ? {} : { ssh_authorized_keys: keys };
  return `#cloud-config\n${yamlText({ users: ['default'], ...logins })}`;
}

/** What the installer has done already, cloud-init is to leave as it is. */
export function cloudConfigText(): string {
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
  })}`;
}
