import type { DeployPlan, PlannedNetwork, SystemSecrets, UserRequest } from '../../model/index.ts';
import type { InstallContext } from '../install-step.ts';
import { checkPublicKey, checkSystemName, keyOf } from '../plan/check-words.ts';
import { netplanText } from './netplan.ts';
import { type YamlValue, yamlText } from './yaml.ts';

/** Only from a model of grade dangerous does snapd take all of it (snapd, sysconfig/cloudinit.go). */
export const SEED_CONFIG = '/data/etc/cloud/cloud.cfg.d';
/** What nobody but root may read afterwards, though snapd makes it readable for all: it goes again once the system is up. */
export const PRIVATE_CONFIG = '91-rackwright-private.cfg';
export const PUBLIC_CONFIG = '90-rackwright.cfg';

/** cloud-init reads `network` of the system's configuration where the data source has none. */
export function publicConfigText({ network }: Pick<DeployPlan, 'network'>): string {
  return [
    '#cloud-config\n',
    // ds-identify(8) is a shell script and reads this list only from one line.
    'datasource_list: [ NoCloud ]\n',
    yamlText({
      disable_root: false,
      // Nobody at the console is asked for a network and an account.
      bootcmd: [
        ['mkdir', '-p', '/var/lib/console-conf'],
        ['touch', '/var/lib/console-conf/complete'],
      ],
    }),
    netplanText(withoutDefault(network)),
  ].join('');
}

/** cloud-init 22.4 and older knows no route to `default`: it takes the word for an address. */
function withoutDefault(network: PlannedNetwork): PlannedNetwork {
  const everywhere = { 4: '0.0.0.0/0', 6: '::/0' } as const;
  return {
    ...network,
    interfaces: network.interfaces.map((link) => ({
      ...link,
      routes: link.routes.map((route) =>
        route.to === 'default' ? { ...route, to: everywhere[route.family] } : route,
      ),
    })),
  };
}

/** Without the host key, which is made on the machine and appended there. */
export function privateConfigText(
  plan: DeployPlan,
  { controllerKey, seed }: InstallContext,
  secrets: SystemSecrets | undefined,
): string {
  const { sshKeys, system } = plan;
  const root = [controllerKey, ...(system.rootLogin ? sshKeys : [])].map(checkPublicKey);
  return `#cloud-config\n${yamlText({
    datasource: {
      NoCloud: {
        // No stick in the machine has a say.
        fs_label: null,
        'meta-data': {
          'instance-id': seed.instanceId,
          'local-hostname': system.hostname,
          // Of the data source, so that keys in user-data come beside it and not in its place.
          'public-keys': [...new Map(root.map((line) => [keyOf(line), line])).values()],
        },
        'user-data': secrets?.userData ?? '#cloud-config\n{}\n',
      },
    },
    users: [
      ...(sshKeys.length === 0
        ? []
        : [userFields({ name: checkSystemName(plan.image.os), sshKeys, sudo: true })]),
      ...system.users.map((user) => userFields(user, secrets?.passwords[user.name])),
    ],
  })}`;
}

/** A password only of a user that is made here: `passwd` is for new ones, and known to every cloud-init. */
function userFields({ name, sshKeys, sudo }: UserRequest, passwordHash?: string): YamlValue {
  return {
    name,
    shell: '/bin/bash',
    // useradd makes it locked; `true` would have passwd(1) do it again, in files that cannot be written to there.
    lock_passwd: false,
    ...(passwordHash !== undefined && { passwd: passwordHash }),
    ...(sudo && { sudo: 'ALL=(ALL) NOPASSWD:ALL' }),
    ...(sshKeys.length > 0 && { ssh_authorized_keys: sshKeys.map(checkPublicKey) }),
  };
}
