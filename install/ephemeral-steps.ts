import { CodedError, type DeployPlan, type PlannedInterface } from '../model/index.ts';
import { lines, type Shell, shell } from '../remote/index.ts';
import { exitStatus } from './exit-status.ts';
import type { InstallContext, InstallStep } from './install-step.ts';
import { NETWORK_FILE } from './paths.ts';
import { makesDefaultUser } from './plan/system.ts';
import { missingPackages } from './steps/install-missing.ts';
import { defaultUser, knownSecrets, rootKeys } from './steps/logins.ts';
import { writeNetwork } from './steps/network.ts';
import { script } from './steps/prelude.ts';
import { setTimezone } from './steps/timezone.ts';
import { keepPasswords, knowInside, makeUser, makeUsers } from './steps/users.ts';
import { writeFiles } from './steps/write-files.ts';
import { aptProxyText } from './writers/apt-proxy.ts';
import { hostsText } from './writers/hosts.ts';

/**
 * The system that the machine runs from memory becomes the one that was asked for, in place: no disk is touched, and a
 * power cycle ends it. It keeps the host keys with which it said hello, and our key; only its network waits for
 * `takeAddress`, because this script comes in over the old one.
 */
export function ephemeralSteps(plan: DeployPlan, context: InstallContext): readonly InstallStep[] {
  if (context.source.kind !== 'running')
    throw new CodedError(
      'STATE_CONFLICT',
      `The machine runs something else than ${plan.image.name} from memory.`,
    );
  return [
    {
      name: 'configure',
      does: `Make the system in memory ${plan.system.hostname} at ${plan.network.address}; no disk is touched.`,
      script: script(
        demandMemory(),
        writeFiles(files(plan)),
        shell`printf '%s\n' ${plan.system.hostname} >/proc/sys/kernel/hostname`,
        setTimezone(plan.system.timezone),
        writeNetwork(plan.network),
        keepPasswords(plan.system, knownSecrets(plan, context)),
        rootKeys(plan, context),
        shell`read -r type key _ </etc/ssh/ssh_host_ed25519_key.pub
say "host-key: $type $key"`,
      ),
      deadlineMs: 120_000,
      destructive: false,
      holdsSecrets: context.secrets !== undefined,
    },
    {
      name: 'packages and logins',
      does: 'Install its packages, and make its users.',
      script: script(
        demandMemory(),
        shell`missing=`,
        missingPackages(plan),
        shell`if [ -n "$missing" ]; then
  say "packages to install:$missing"
  export DEBIAN_FRONTEND=noninteractive
  apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 update
  # shellcheck disable=SC2086
  apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 --no-install-recommends install $missing
fi`,
        knowInside(),
        makesDefaultUser(plan) ? makeUser(defaultUser(plan)) : lines(),
        makeUsers(plan.system),
      ),
      deadlineMs: 1_800_000,
      destructive: false,
      runsImage: true,
    },
  ];
}

function demandMemory(): Shell {
  return shell`grep -q root=squash: /proc/cmdline || fail ${exitStatus.interrupted} 'this system does not run from memory'
target=`;
}

function files({ network, system, packageProxy }: DeployPlan) {
  const open = (path: string, text: string) => ({ path, text, mode: 0o644 }) as const;
  return [
    open('/etc/hostname', `${system.hostname}\n`),
    open('/etc/hosts', hostsText(network, system.hostname)),
    ...(packageProxy === undefined
      ? []
      : [open('/etc/apt/apt.conf.d/90rackwright-proxy', aptProxyText(packageProxy))]),
  ];
}

/**
 * From the leased address to the one of the plan, by whatever sets up this system's network. The lease ends by itself:
 * nothing here renews it, so nothing may go on using its address. To be run when the session that asked for it is over.
 */
export function takeAddress({ network }: DeployPlan): Shell {
  const cards = network.interfaces.filter((link) => link.kind === 'card');
  return script(
    shell`read -r network <${NETWORK_FILE}`,
    ...cards.map(nameCard),
    ...cards.map(({ name }) => shell`ip address flush dev ${name} scope global`),
    shell`case $network in
netplan) netplan apply ;;
ifupdown) ifup --all --force ;;
networkd)
  systemctl start systemd-networkd
  networkctl reload`,
    ...network.interfaces.map(({ name }) => shell`  networkctl reconfigure ${name} || :`),
    shell`;;
esac`,
  );
}

/** systemd.link(5) names cards at their next boot; here there is none. */
function nameCard(link: PlannedInterface & { readonly kind: 'card' }): Shell {
  return shell`for entry in /sys/class/net/*; do
  read -r found <"$entry/address"
  [ "$found" = ${link.mac} ] && [ -e "$entry/device" ] && [ "\${entry##*/}" != ${link.name} ] || continue
  ip link set "\${entry##*/}" down
  ip link set "\${entry##*/}" name ${link.name}
done`;
}
