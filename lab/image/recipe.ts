/** Raise when a change of the code, not of a list below, changes what is built. */
export const RECIPE_VERSION = 3;

/** The root is booted into RAM and copied to disk as the installed system. */
const COMMON_PACKAGES: readonly string[] = words(
  'systemd systemd-sysv udev dbus libpam-systemd kmod procps less netbase passwd login util-linux-extra',
  'openssh-server iproute2 ifupdown isc-dhcp-client iputils-ping sudo curl ca-certificates',
  'mdadm lvm2 xfsprogs',
  'gdisk dosfstools e2fsprogs squashfs-tools kexec-tools busybox-static zstd',
  'ipmitool dmidecode lldpd pciutils efibootmgr smartmontools nvme-cli hdparm',
  'cloud-init apt-utils gpgv',
  'initramfs-tools grub2-common grub-pc-bin grub-efi-amd64-bin',
  'grub-efi-amd64-signed shim-signed',
);

/** Kernels are the one thing that the two distributions name differently. */
export function rootPackages(os: 'debian' | 'ubuntu'): string[] {
  return [...COMMON_PACKAGES, kernelPackage(os)];
}

export function kernelPackage(os: 'debian' | 'ubuntu'): string {
  return os === 'debian' ? 'linux-image-amd64' : 'linux-image-generic';
}

/** Left out by dpkg itself, so that depmod and later upgrades see the same. */
export const ROOT_EXCLUDES: readonly string[] = [
  ...words('man doc info locale i18n bug lintian').map((name) => `/usr/share/${name}/*`),
  // Names of devices for people; lspci brings its own. An empty one makes udev's coldplug quicker.
  '/usr/lib/udev/hwdb.d/*',
  '/lib/udev/hwdb.d/*',
  // Only for machines without the signed ones.
  '/usr/lib/grub/x86_64-efi/monolithic/*',
  ...excludedModules().flatMap((path) => [
    `/lib/modules/*/kernel/${path}/*`,
    `/usr/lib/modules/*/kernel/${path}/*`,
  ]),
];

/** What a machine of a rack has no use for: the root is copied to disk by an emulated processor. */
function excludedModules(): string[] {
  return words(
    'sound net/bluetooth net/wireless net/mac80211 net/can net/nfc fs/afs fs/orangefs fs/ocfs2 fs/gfs2',
    'fs/coda fs/ubifs fs/jffs2 fs/f2fs fs/jfs fs/reiserfs fs/nilfs2',
    'drivers/media drivers/gpu/drm/amd drivers/gpu/drm/i915 drivers/gpu/drm/nouveau',
    'drivers/gpu/drm/radeon drivers/gpu/drm/vmwgfx drivers/gpu/drm/gma500 drivers/net/wireless',
    'drivers/net/can drivers/net/wwan drivers/net/ieee802154 drivers/staging drivers/bluetooth',
    'drivers/iio drivers/isdn drivers/input/joystick drivers/input/touchscreen drivers/input/tablet',
    'drivers/firewire drivers/comedi drivers/pcmcia drivers/nfc drivers/infiniband drivers/platform',
    'drivers/hwmon drivers/mtd drivers/video/fbdev drivers/usb/gadget drivers/usb/serial drivers/usb/misc',
    'drivers/usb/atm drivers/net/usb drivers/net/ethernet/chelsio drivers/net/ethernet/qlogic',
    'drivers/net/ethernet/cavium drivers/net/ethernet/sfc drivers/net/ethernet/sun',
    'drivers/net/ethernet/netronome drivers/net/ethernet/brocade drivers/scsi/qla2xxx drivers/scsi/lpfc',
    'drivers/scsi/bfa drivers/scsi/aic7xxx',
  );
}

/**
 * Installed and startable, not started: they cost an emulated processor seconds of every boot, and the timers would
 * hold apt's lock when a layer wants it.
 */
export const DISABLED_UNITS: readonly string[] = words(
  'lldpd.service smartmontools.service e2scrub_reap.service e2scrub_all.timer fstrim.timer',
  'apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer',
  'lvm2-monitor.service lvm2-lvmpolld.socket mdcheck_start.timer mdcheck_continue.timer mdmonitor-oneshot.timer',
);

/** The installed system's own initrd: a list, not `most`, because an emulated processor has to unpack it. */
export const INSTALLED_INITRD_MODULES: readonly string[] = words(
  'virtio_pci virtio_blk virtio_scsi virtio_net ahci sd_mod nvme megaraid_sas mpt3sas xhci_pci usb_storage uas',
  'ext4 crc32c_generic vfat nls_cp437 nls_ascii nls_iso8859_1',
);

/** Loaded by the ephemeral initrd before it looks for its network card, then, if there is none, the others. */
export const EPHEMERAL_MODULES: readonly string[] = words('virtio_pci virtio_net squashfs overlay loop');
export const EPHEMERAL_OTHER_CARDS: readonly string[] = words('e1000 e1000e igb ixgbe i40e tg3 bnxt_en');

function words(...lines: readonly string[]): string[] {
  return lines.flatMap((line) => line.split(' '));
}
