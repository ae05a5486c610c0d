/** What the lab needs from the distribution. One entry a line: the setup script reads this file as text. */
export const LAB_PACKAGES: readonly { name: string; why: string }[] = [
  { name: 'qemu-system-x86', why: 'the machines' },
  { name: 'qemu-utils', why: 'qemu-img: disks' },
  { name: 'ipxe-qemu', why: 'network boot firmware inside the virtual network cards' },
  { name: 'ovmf', why: 'UEFI firmware' },
  { name: 'ipxe', why: 'undionly.kpxe, ipxe.efi and snponly.efi for the bootloader stream' },
  { name: 'openipmi', why: 'ipmi_sim: the BMCs; sdrcomp: their sensors' },
  { name: 'ipmitool', why: 'how anybody speaks to a BMC' },
  { name: 'socat', why: 'QMP orders from the BMC hooks; LLDP frames of the rack switch' },
  { name: 'dnsmasq-base', why: 'router advertisements of the rack router (no DHCP, no DNS)' },
  { name: 'iproute2', why: 'network namespace, bridge, taps' },
  { name: 'mmdebstrap', why: 'builds the root of the image stream' },
  { name: 'squashfs-tools', why: 'mksquashfs' },
  { name: 'cpio', why: 'packs the initrd' },
  { name: 'zstd', why: 'compresses the initrd' },
  { name: 'xz-utils', why: 'archive.tar.xz of the bootloader stream' },
  { name: 'tar', why: 'archive.tar.xz of the bootloader stream' },
];
