import { z } from 'zod';
import { lines, shell } from '../../remote/index.ts';
import { addArchive, archiveDemand, type VendorArchive } from '../parts/archive.ts';
import { memoryDemand, roomDemand } from '../parts/demands.ts';
import type { Layer, LayerContext, LayerStep } from '../layer.ts';
import { mirrorParameter } from '../parts/mirror.ts';
import { aptGet, isInstalled, refreshPackageLists } from '../parts/packages.ts';
import { verifyProxmox } from './verify.ts';

const parameters = z.strictObject({ mirror: mirrorParameter });
type Context = LayerContext<z.infer<typeof parameters>>;

/** Proxmox VE 8 is made for Debian 12, and 9 for 13. */
const releases: Readonly<Record<string, { readonly codename: string; readonly fingerprint: string }>> = {
  'debian/12': { codename: 'bookworm', fingerprint: 'F4E136C67CDCE41AE6DE6FC81140AF8F639E0C39' },
  'debian/13': { codename: 'trixie', fingerprint: '24B30F06ECC1836A4E5EFECBA7BCD1420BFE778E' },
};
const PACKAGES = ['proxmox-ve', 'postfix', 'open-iscsi', 'chrony'];
/** What its packages bring, and what nobody without a contract can use. */
const ENTERPRISE = ['pve-enterprise.list', 'pve-enterprise.sources', 'ceph.list', 'ceph.sources'].map(
  (name) => `/etc/apt/sources.list.d/${name}`,
);
const HOSTS = '/etc/cloud/cloud.cfg.d/99-rackwright-hosts.cfg';

export const proxmox: Layer<z.infer<typeof parameters>> = {
  name: 'proxmox',
  version: '1',
  summary: 'Proxmox VE on Debian, with its kernel, from its makers; the machine is its own from then on.',
  parameters,
  systems: Object.keys(releases),
  conflicts: ['kvm', 'xen', 'lxd', 'docker'],

  demands: (context) => [
    {
      kind: 'script',
      name: 'a kernel of its own',
      code: 'LAYER_UNSUPPORTED',
      script: shell`if systemd-detect-virt --quiet --container; then echo "it is a container, which starts no kernel of its own"; exit 1; fi`,
    },
    memoryDemand(2048),
    roomDemand('/var/lib', 6144),
    roomDemand('/boot', 256),
    archiveDemand(archiveOf(context.system), context),
  ],

  check: () => shell`${isInstalled(...PACKAGES)} && ${runsItsKernel} && systemctl --quiet is-active pveproxy`,

  apply: (context) => [
    refreshPackageLists(context.packageProxy),
    ...addArchive(archiveOf(context.system), context),
    nameByAddress(context),
    upgrade(context),
    {
      name: 'install its kernel',
      does: 'Install proxmox-default-kernel.',
      done: isInstalled('proxmox-default-kernel'),
      script: aptGet(context.packageProxy, 'install', 'proxmox-default-kernel'),
      deadlineMs: 1_800_000,
    },
    {
      name: 'start its kernel',
      does: 'Have the machine run it.',
      done: runsItsKernel,
      script: shell`update-grub`,
      deadlineMs: 300_000,
      restarts: true,
    },
    installPackages(context),
    {
      name: 'leave the enterprise archive out',
      does: 'Remove the sources that its packages bring and that need a contract.',
      done: shell`for file in ${ENTERPRISE}; do [ ! -e "$file" ] || exit 1; done`,
      script: shell`rm -f ${ENTERPRISE}`,
      deadlineMs: 60_000,
    },
    {
      name: 'remove the other kernels',
      does: "Remove Debian's own kernels and os-prober, as its makers advise.",
      done: shell`! dpkg-query -W -f '\${db:Status-Status} \${Package}\\n' 'linux-image-*' os-prober 2>/dev/null | grep -q '^installed'`,
      script: lines(
        shell`others=$(dpkg-query -W -f '\${db:Status-Status} \${Package}\\n' 'linux-image-*' os-prober 2>/dev/null | sed -n 's/^installed //p')`,
        shell`# shellcheck disable=SC2086 # Names of packages, one a word.
${aptGet(undefined, 'purge')} $others`,
        shell`update-grub`,
      ),
      deadlineMs: 600_000,
    },
  ],

  verify: verifyProxmox,

  remove: () => [
    {
      name: 'give the machine back',
      does: 'Refuse: Proxmox VE is the system of the machine. Release it, and deploy another one.',
      done: shell`! dpkg-query -W proxmox-ve >/dev/null 2>&1`,
      script: lines(
        shell`echo "Proxmox VE is the system of this machine now; release it instead: rackwright machine release NAME"`,
        shell`exit 1`,
      ),
      deadlineMs: 60_000,
    },
  ],
};

const runsItsKernel = shell`uname -r | grep -q -- '-pve$'`;

export function archiveOf(system: string): VendorArchive {
  const { codename, fingerprint } = releases[system] ?? { codename: '', fingerprint: '' };
  return {
    name: 'proxmox',
    // The keyring that covers several releases has several keys; this one has one.
    keyUrl: `https://enterprise.proxmox.com/debian/proxmox-release-${codename}.gpg`,
    fingerprint,
    url: 'http://download.proxmox.com/debian/pve',
    suite: codename,
    components: ['pve-no-subscription'],
  };
}

/** Its cluster file system does not start where the machine's name means a loopback address. */
function nameByAddress({ machineName, address }: Context): LayerStep {
  return {
    name: 'name the machine by its address',
    does: `Have ${machineName} mean ${address} in /etc/hosts, and keep cloud-init from changing that.`,
    done: shell`[ "$(getent -s files ahostsv4 "$(hostname)" | awk 'NR == 1 { print $1 }')" = ${address} ] && { [ ! -d /etc/cloud ] || [ -e ${HOSTS} ]; }`,
    script: lines(
      shell`if [ -d /etc/cloud ]; then mkdir -p /etc/cloud/cloud.cfg.d && echo 'manage_etc_hosts: false' >${HOSTS}; fi`,
      shell`name=$(hostname)`,
      shell`awk -v name="$name" '{ drop = 0; if ($1 ~ /^127\\./ && $1 != "127.0.0.1") for (i = 2; i <= NF; i++) if ($i == name) drop = 1 } !drop' /etc/hosts >/etc/hosts.rackwright-new`,
      shell`grep -q ${`^${address.replaceAll('.', '\\.')}[[:space:]]`} /etc/hosts.rackwright-new || echo ${address} "$name" >>/etc/hosts.rackwright-new`,
      shell`chmod 0644 /etc/hosts.rackwright-new`,
      shell`mv /etc/hosts.rackwright-new /etc/hosts`,
      shell`[ "$(getent -s files ahostsv4 "$name" | awk 'NR == 1 { print $1 }')" = ${address} ]`,
    ),
    deadlineMs: 60_000,
  };
}

function upgrade({ packageProxy }: Context): LayerStep {
  return {
    name: 'upgrade the system',
    does: 'Upgrade all packages, those of its archive too.',
    done: shell`! apt-get -s full-upgrade | grep -q '^Inst'`,
    script: aptGet(packageProxy, 'full-upgrade'),
    deadlineMs: 3_600_000,
  };
}

function installPackages({ packageProxy }: Context): LayerStep {
  return {
    name: 'install Proxmox VE',
    does: `Install ${PACKAGES.join(', ')}; mail stays on the machine.`,
    done: isInstalled(...PACKAGES),
    script: lines(
      shell`echo 'postfix postfix/main_mailer_type select Local only' | debconf-set-selections`,
      aptGet(packageProxy, 'install', ...PACKAGES),
    ),
    deadlineMs: 3_600_000,
  };
}
