import { access } from 'node:fs/promises';

/** What systemd-nspawn ends with when the machine asked for a reboot (systemd-nspawn(1), "Exit status"). */
export const REBOOT = 133;

/** Not /dev/kvm: it can be there and unusable, and a guest of a guest then hangs without a word. */
const DEVICES = ['/dev/net/tun', '/dev/fuse', '/dev/loop-control'];
const LOOP_DEVICES = 8;

/** What layers need and this host has. Loop devices are the host's own: all machines share them. */
export async function deviceNodes(): Promise<readonly string[]> {
  const wanted = [...DEVICES, ...Array.from({ length: LOOP_DEVICES }, (_, index) => `/dev/loop${index}`)];
  const there = await Promise.all(
    wanted.map((path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    ),
  );
  return wanted.filter((_, index) => there[index]);
}

export interface Boot {
  /** Its name among all machines of the host. */
  readonly id: string;
  readonly hostname: string;
  readonly root: string;
  readonly namespace: string;
  readonly bridge: string;
  readonly devices: readonly string[];
}

/** One boot of a machine. It is asked to shut down when whoever started it dies. */
export function bootCommand(boot: Boot): readonly string[] {
  return [
    ...['setpriv', '--pdeathsig', 'TERM', '--'],
    // Not `ip netns exec`: it would hide the control groups.
    ...['nsenter', `--net=/run/netns/${boot.namespace}`, '--'],
    'systemd-nspawn',
    '--quiet',
    // No machined is asked: the host need not run systemd.
    '--register=no',
    '--keep-unit',
    `--machine=${boot.id}`,
    `--hostname=${boot.hostname}`,
    `--directory=${boot.root}`,
    '--boot',
    `--network-bridge=${boot.bridge}`,
    '--resolv-conf=off',
    '--console=pipe',
    '--kill-signal=SIGRTMIN+3',
    '--capability=all',
    '--system-call-filter=add_key keyctl request_key bpf perf_event_open',
    ...boot.devices.map((path) => `--bind=${path}`),
  ];
}

/** /proc/sys/net may be written: forwarding is a layer's business. */
export const BOOT_ENVIRONMENT = { SYSTEMD_NSPAWN_API_VFS_WRITABLE: 'network' } as const;

/** `sh -c INTO_GROUPS NAME COUNT cgroup.procs… COMMAND…`: the command and all it starts are in those groups. */
export const INTO_GROUPS = `set -eu
count=$1; shift
while [ "$count" -gt 0 ]; do echo $$ >"$1"; shift; count=$((count - 1)); done
exec "$@"`;
