import type { Image, Subnet } from '../../model/index.ts';
import { type Ipv4, type Mac, macWithHyphens, netmask } from '../../net/index.ts';

export interface EphemeralStart {
  readonly image: Pick<Image, 'os'>;
  readonly subnet: Subnet;
  readonly address: Ipv4;
  readonly mac: Mac;
  readonly squashfsUrl: string;
  /** Ends with a slash: cloud-init puts file names behind it. */
  readonly seedUrl: string;
}

/**
 * The kernel command line of a system that runs from memory, as Ubuntu's images understand it (cloud-initramfs-tools:
 * `root=squash:`, `overlayroot=`, `ip=`). Pins one cloud-init datasource, so that no neighbour is asked. No secrets.
 */
export function ephemeralCommandLine(start: EphemeralStart): readonly string[] {
  return [
    `root=squash:${start.squashfsUrl}`,
    'ro',
    'overlayroot=tmpfs',
    `ip=${networkArgument(start)}`,
    `BOOTIF=01-${macWithHyphens(start.mac)}`,
    `ds=nocloud;s=${start.seedUrl}`,
    'console=tty0',
    'console=ttyS0,115200',
  ];
}

/** Kernel form: client:peer:gateway:netmask:hostname:device:autoconf:dns. Ubuntu 26.04 wants a method after BOOTIF. */
function networkArgument({ image, subnet, address }: EphemeralStart): string {
  if (image.os === 'ubuntu') return '::::rackwright:BOOTIF:dhcp';
  // The address is known: a second DHCP conversation would cost seconds and bring nothing new.
  const dns = subnet.dns[0] ?? '';
  return [address, '', subnet.gateway ?? '', netmask(subnet.cidr), 'rackwright', 'BOOTIF', 'off', dns].join(
    ':',
  );
}
