import { lines, type Shell, shell } from '../../remote/index.ts';
import { noteUnless } from '../parts/brought.ts';
import { reachDemand } from '../parts/demands.ts';
import type { Demand, LayerContext, LayerStep } from '../layer.ts';
import { dropPackages, ownPackages } from '../parts/own-packages.ts';
import { isInstalled, refreshPackageLists } from '../parts/packages.ts';
import type { LxdParameters } from './parameters.ts';

type Context = LayerContext<LxdParameters>;

const SNAPD_SOCKET = 'snapd.socket';

/** Ubuntu has no package since 22.04; Debian has one up to 13. */
export function isSnap(system: string): boolean {
  return system.startsWith('ubuntu/');
}

/** Where the kernel has AppArmor, LXD starts nothing without its parser. */
export function lxdPackages(system: string, pool: LxdParameters['pool']): readonly string[] {
  if (isSnap(system)) return ['snapd', ...(pool === 'zfs' ? ['zfsutils-linux'] : [])];
  return ['lxd', 'dnsmasq-base', 'nftables', 'apparmor', ...(pool === 'btrfs' ? ['btrfs-progs'] : [])];
}

/** ZFS is in no kernel of Debian, and its module there is built on the machine, from contrib. */
export function installDemands({ system, packageProxy, parameters: { pool } }: Context): readonly Demand[] {
  return [
    ...(pool === 'dir' || (pool === 'zfs' && isSnap(system))
      ? []
      : [
          {
            kind: 'script' as const,
            name: `a kernel with ${pool}`,
            code: 'LAYER_UNMET' as const,
            script: shell`grep -qw ${pool} /proc/filesystems || modinfo ${pool} >/dev/null 2>&1 || { echo ${`its kernel has no ${pool}: use --param pool=dir`}; exit 1; }`,
          },
        ]),
    ...(isSnap(system) ? [reachDemand('https://api.snapcraft.io/', packageProxy)] : []),
  ];
}

export function installed({ system, parameters: { pool, channel } }: Context): Shell {
  const packages = isInstalled(...lxdPackages(system, pool));
  return isSnap(system) ? shell`${packages} && ${hasSnap(channel)}` : packages;
}

function hasSnap(channel: string): Shell {
  return shell`[ "$(snap list lxd 2>/dev/null | awk 'NR == 2 { print $4 }')" = ${channel} ]`;
}

export function install(context: Context): readonly LayerStep[] {
  const { system, packageProxy, parameters } = context;
  const packages = lxdPackages(system, parameters.pool);
  return [
    refreshPackageLists(packageProxy),
    {
      name: 'note what is there',
      does: 'Keep in mind whether LXD is there already.',
      done: shell`[ -e ${NOTED} ]`,
      script: lines(
        noteUnless('lxd', 'engine', shell`command -v lxc >/dev/null`),
        noteUnless('lxd', 'group', shell`getent group lxd >/dev/null`),
        // The package gives root a range of users for its containers.
        noteUnless('lxd', 'root-range', shell`grep -qs '^root:' /etc/subuid /etc/subgid`),
        shell`: >${NOTED}`,
      ),
      deadlineMs: 60_000,
    },
    ownPackages('lxd', packages, context),
    ...(isSnap(system)
      ? [
          {
            name: 'install the snap',
            does: `Install or refresh the snap lxd from ${parameters.channel}.`,
            done: hasSnap(parameters.channel),
            script: lines(
              shell`systemctl start ${SNAPD_SOCKET}`,
              shell`snap wait system seed.loaded`,
              shell`if snap list lxd >/dev/null 2>&1; then snap refresh lxd --channel=${parameters.channel}; else snap install lxd --channel=${parameters.channel}; fi`,
            ),
            deadlineMs: 1_200_000,
          },
        ]
      : []),
    {
      name: 'wait for LXD',
      does: 'Wait until it answers.',
      done: answers,
      script: shell`lxd waitready --timeout=120`,
      deadlineMs: 180_000,
    },
  ];
}

/** By its socket, which starts it. */
export const answers: Shell = shell`lxc query /1.0 >/dev/null 2>&1`;

const NOTED = '/var/lib/rackwright/brought/lxd/noted';

export function uninstall(system: string): readonly LayerStep[] {
  const brought = '/var/lib/rackwright/brought/lxd';
  return [
    ...(isSnap(system)
      ? [
          {
            name: 'remove the snap',
            does: 'Remove the snap lxd, without a snapshot of it.',
            done: shell`[ ! -e ${brought}/engine ] || ! snap list lxd >/dev/null 2>&1`,
            script: shell`snap remove --purge lxd`,
            deadlineMs: 600_000,
          },
        ]
      : [
          {
            name: 'stop LXD',
            does: 'Stop it before its files go, and take down its rules for packets.',
            done: shell`[ ! -e ${brought}/engine ] || ! systemctl --quiet is-active lxd.socket lxd.service lxcfs.service`,
            script: lines(
              shell`systemctl stop lxd.socket lxd.service lxcfs.service`,
              shell`! command -v nft >/dev/null || ! nft list table inet lxd >/dev/null 2>&1 || nft delete table inet lxd`,
            ),
            deadlineMs: 180_000,
          },
        ]),
    dropPackages('lxd'),
    {
      name: 'remove what it kept',
      does: 'Remove its state, its user and its group, and the range of users that root got for it.',
      done: shell`[ ! -e ${brought} ]`,
      script: shell`if [ -e ${brought}/engine ]; then
  rm -rf /var/lib/lxd /var/log/lxd /var/cache/lxd /run/lxd
  ! getent passwd _lxd >/dev/null || userdel _lxd
  sed -i '/^_lxd:/d' /etc/subuid /etc/subgid
  [ ! -e ${brought}/root-range ] || sed -i '/^root:/d' /etc/subuid /etc/subgid
fi
if [ -e ${brought}/group ] && getent group lxd >/dev/null; then groupdel lxd; fi
rm -rf ${brought}`,
      deadlineMs: 120_000,
    },
  ];
}
