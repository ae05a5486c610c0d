import type { SystemPackage } from './packages.ts';

/** What the tests use as peers and judges, beyond what the lab needs. */
export const TEST_PACKAGES: readonly SystemPackage[] = [
  { name: 'openssh-server', why: 'a real sshd to speak to' },
  { name: 'postgresql', why: 'the store on its other database' },
  { name: 'isc-dhcp-client', why: 'a DHCP client that we did not write' },
  { name: 'udhcpc', why: 'another one' },
  { name: 'tftp-hpa', why: 'a TFTP client that we did not write' },
  { name: 'curl', why: 'an HTTP and TFTP client that we did not write' },
  { name: 'systemd-container', why: 'a machine with systemd, for jobs that outlive their connection' },
  { name: 'gdisk', why: 'sgdisk: what the installer makes disks with, tried on files' },
  { name: 'dosfstools', why: 'mkfs.vfat, likewise' },
  { name: 'e2fsprogs', why: 'mkfs.ext4 and dumpe2fs, likewise' },
  { name: 'shellcheck', why: 'reads every script that is sent to a machine' },
];
