import type { DeployPlan } from '../../model/index.ts';
import { type Shell, shell } from '../../remote/index.ts';
import { installIdentifiers } from '../identifiers.ts';
import type { InstallContext, InstallStep } from '../install-step.ts';
import { aptProxyText } from '../writers/apt-proxy.ts';
import { cloudConfigText, metaDataText, userDataText } from '../writers/cloud-seed.ts';
import { fstabText } from '../writers/fstab.ts';
import { grubDefaultsText } from '../writers/grub.ts';
import { hostsText } from '../writers/hosts.ts';
import { ourLogin, prepareLogins } from './logins.ts';
import { writeNetwork } from './network.ts';
import { knowDevices } from './devices.ts';
import { knowMounts, mountTarget, requireIntent, script } from './prelude.ts';
import { setTimezone } from './timezone.ts';
import { type TargetFile, writeFiles } from './write-files.ts';

export function configure(plan: DeployPlan, context: InstallContext): InstallStep {
  return {
    name: 'configure',
    does: `Make it ${plan.system.hostname} at ${plan.network.address}: file systems, network, keys, cloud-init.`,
    script: script(
      requireIntent(context.intentId),
      knowDevices(plan),
      knowMounts(),
      mountTarget(plan, context.intentId),
      forgetTheImage(),
      writeFiles(systemFiles(plan, context)),
      writeNetwork(plan.network),
      setTimezone(plan.system.timezone),
      prepareLogins(plan, context),
      ourLogin(plan, context),
    ),
    deadlineMs: 120_000,
    destructive: false,
    holdsSecrets: context.secrets !== undefined,
  };
}

/**
 * What can only be one machine's: identity, keys, leases, seeds. An empty machine-id is filled at the next boot without
 * that boot being a first one, which would reset every unit to its preset (machine-id(5)).
 */
function forgetTheImage(): Shell {
  return shell`cd "$target"
rm -rf etc/machine-id etc/ssh/ssh_host_* var/lib/systemd/random-seed var/lib/systemd/credential.secret var/lib/dhcp/*.leases \
  var/lib/cloud/instance var/lib/cloud/instances var/lib/cloud/data var/lib/cloud/sem var/lib/cloud/seed etc/netplan/50-cloud-init.yaml etc/network/interfaces.d/50-cloud-init*
: >etc/machine-id
[ -L var/lib/dbus/machine-id ] || rm -f var/lib/dbus/machine-id
cd /
`;
}

function systemFiles(plan: DeployPlan, context: InstallContext): TargetFile[] {
  const ids = installIdentifiers(context.intentId, plan.storage);
  const { hostname } = plan.system;
  const seed = '/var/lib/cloud/seed/nocloud';
  const open = (path: string, text: string) => ({ path, text, mode: 0o644 }) as const;
  const closed = (path: string, text: string) => ({ path, text, mode: 0o600 }) as const;
  return [
    open('/etc/fstab', fstabText(plan.storage, ids)),
    open('/etc/hostname', `${hostname}\n`),
    open('/etc/hosts', hostsText(plan.network, hostname)),
    open('/etc/default/grub.d/90-rackwright.cfg', grubDefaultsText(plan)),
    open('/etc/cloud/cloud.cfg.d/99-rackwright.cfg', cloudConfigText(plan, context)),
    closed(`${seed}/meta-data`, metaDataText(context.seed.instanceId, hostname)),
    closed(`${seed}/user-data`, userDataText(plan, context)),
    ...(plan.packageProxy === undefined
      ? []
      : [open('/etc/apt/apt.conf.d/90rackwright-proxy', aptProxyText(plan.packageProxy))]),
  ];
}
