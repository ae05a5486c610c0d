import type { DeployPlan } from '../../model/index.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { installIdentifiers } from '../identifiers.ts';
import type { InstallContext, InstallStep } from '../install-step.ts';
import { aptProxyText } from '../writers/apt-proxy.ts';
import { cloudConfigText, metaDataText, userDataText } from '../writers/cloud-seed.ts';
import { fstabText } from '../writers/fstab.ts';
import { grubDefaultsText } from '../writers/grub.ts';
import { hostsText } from '../writers/hosts.ts';
import { interfacesText, linkText, resolvText } from '../writers/ifupdown.ts';
import { netplanText } from '../writers/netplan.ts';
import { ourLogin, peoplesLogins } from './logins.ts';
import { knowDisk, knowMounts, knowPartitions, mountTarget, requireIntent, script } from './prelude.ts';
import { rootPartition } from './root-partition.ts';
import { type TargetFile, writeFiles } from './write-files.ts';

export function configure(plan: DeployPlan, context: InstallContext): InstallStep {
  return {
    name: 'configure',
    does: `Make it ${plan.network.hostname} at ${plan.network.address}: file systems, network, logins, packages, cloud-init.`,
    script: script(
      requireIntent(context.intentId),
      knowDisk(),
      knowPartitions(),
      knowMounts(),
      mountTarget(rootPartition(plan).number),
      forgetTheImage(),
      writeFiles(systemFiles(plan, context)),
      network(plan),
      peoplesLogins(plan, context),
      ourLogin(context),
    ),
    deadlineMs: 120_000,
    destructive: false,
  };
}

/**
 * What can only be one machine's: identity, keys, leases, seeds. An empty machine-id is filled at the next boot without
 * that boot being a first one, which would reset every unit to its preset (machine-id(5)).
 */
function forgetTheImage(): Shell {
  return shell`cd "$target"
rm -rf etc/machine-id etc/ssh/ssh_host_* var/lib/systemd/random-seed var/lib/systemd/credential.secret var/lib/dhcp/*.leases \
  var/lib/cloud/instance var/lib/cloud/instances var/lib/cloud/data var/lib/cloud/sem var/lib/cloud/seed etc/netplan/50-cloud-init.yaml
: >etc/machine-id
[ -L var/lib/dbus/machine-id ] || rm -f var/lib/dbus/machine-id
cd /
`;
}

function systemFiles(plan: DeployPlan, context: InstallContext): TargetFile[] {
  const ids = installIdentifiers(context.intentId);
  const entries = plan.partitions.map((partition) => ({
    partition,
    uuid: partition.fileSystem === undefined ? '' : ids.fileSystem(partition.number, partition.fileSystem),
  }));
  const { hostname } = plan.network;
  const seed = '/var/lib/cloud/seed/nocloud';
  const open = (path: string, text: string) => ({ path, text, mode: 0o644 }) as const;
  const closed = (path: string, text: string) => ({ path, text, mode: 0o600 }) as const;
  return [
    open('/etc/fstab', fstabText(entries)),
    open('/etc/hostname', `${hostname}\n`),
    open('/etc/hosts', hostsText(plan.network)),
    open('/etc/default/grub.d/90-rackwright.cfg', grubDefaultsText(plan)),
    open('/etc/cloud/cloud.cfg.d/99-rackwright.cfg', cloudConfigText()),
    closed(`${seed}/meta-data`, metaDataText(context.seed.instanceId, hostname)),
    closed(`${seed}/user-data`, userDataText(plan, context.controllerKey)),
    ...(plan.packageProxy === undefined
      ? []
      : [open('/etc/apt/apt.conf.d/90rackwright-proxy', aptProxyText(plan.packageProxy))]),
  ];
}

/** By whatever the image brings: netplan (Ubuntu) or ifupdown (Debian). Where resolved runs, resolv.conf is its own. */
function network(plan: DeployPlan): Shell {
  const { network } = plan;
  const netplan = {
    path: '/etc/netplan/50-rackwright.yaml',
    text: netplanText(network),
    mode: 0o600,
  } as const;
  const ifupdown = [
    { path: '/etc/network/interfaces', text: interfacesText(network), mode: 0o644 },
    { path: '/etc/systemd/network/10-rackwright.link', text: linkText(network), mode: 0o644 },
  ] as const;
  const resolver = { path: '/etc/resolv.conf', text: resolvText(network), mode: 0o644 } as const;
  return lines(
    shell`if [ -d "$target/etc/netplan" ] || [ -x "$target/usr/sbin/netplan" ]; then`,
    writeFiles([netplan]),
    shell`say 'network: netplan'`,
    shell`else`,
    writeFiles(ifupdown),
    shell`say 'network: ifupdown'`,
    shell`fi`,
    shell`if [ ! -e "$target/etc/systemd/system/multi-user.target.wants/systemd-resolved.service" ] &&
  [ ! -e "$target/etc/systemd/system/sysinit.target.wants/systemd-resolved.service" ]; then`,
    writeFiles([resolver]),
    shell`fi`,
  );
}
