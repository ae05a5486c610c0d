/** Raise when a change of the code, not of the list below, changes what is built. */
export const CONTAINER_RECIPE_VERSION = 1;

export const CONTAINER_PACKAGES: readonly string[] = [
  'systemd systemd-sysv dbus libpam-systemd openssh-server iproute2 ifupdown iputils-ping nftables iptables',
  'ca-certificates python3-minimal sudo curl procps kmod less netbase apt-utils gpg gpgv',
].flatMap((line) => line.split(' '));

/** They would hold apt's lock when a layer wants it. */
export const DISABLED_TIMERS: readonly string[] = [
  'apt-daily.timer',
  'apt-daily-upgrade.timer',
  'dpkg-db-backup.timer',
];

/**
 * systemd-nspawn mounts the controllers of control groups version 1 read-only, and neither Docker nor libvirt starts
 * then. The machine sees its own part of each tree only. With version 2 there is none of these.
 */
export const CONTROL_GROUPS_UNIT = `[Unit]
Description=Control groups that may be written
DefaultDependencies=no
Before=basic.target

[Service]
Type=oneshot
ExecStart=/bin/sh -c 'for c in cpu cpuacct cpuset memory devices freezer blkio pids; do [ ! -d "/sys/fs/cgroup/$$c" ] || mount -o remount,rw,bind "/sys/fs/cgroup/$$c"; done'

[Install]
WantedBy=basic.target
`;
