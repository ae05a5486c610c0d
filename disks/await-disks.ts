import { type Shell, shell } from '../remote/index.ts';

/**
 * For scripts that may be the first thing that a machine is asked after hello. An empty queue of udev says nothing before
 * udev has been told of what the kernel found first: a disk is not there yet then, or is without its serial.
 * systemd-udev-trigger.service tells it; starting what has run returns at once.
 */
export function awaitDisks(): Shell {
  return shell`if [ -d /run/systemd/system ]; then timeout 60 systemctl start systemd-udev-trigger.service 2>/dev/null || :; fi
udevadm settle --timeout=60 2>/dev/null || :`;
}
