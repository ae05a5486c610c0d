/** Where the installer keeps what it knows on the machine. /run: a restart forgets it, and has to. */
export const STATE = '/run/rackwright/install';
export const TARGET = `${STATE}/target`;
/** Kernel names of the disks that were matched, without `/dev/`, one a line in the order of the plan. */
export const DISK_FILE = `${STATE}/disk`;
/** The one-time permission that was used in this boot of the machine. */
export const INTENT_FILE = `${STATE}/intent`;
/** What sets up the network of the system that is installed: `netplan`, `ifupdown` or `networkd`. */
export const NETWORK_FILE = `${STATE}/network`;
/** `name:hash` of users who get a password: written before programs of the image run, read by one of them. */
export const PASSWORD_FILE = `${STATE}/passwords`;
/** Version of the kernel that was made bootable. */
export const KERNEL_FILE = `${STATE}/kernel`;
/** Images that were fetched; on a tmpfs of its own, because /run is small. */
export const IMAGES = '/run/rackwright/image';
/** Where overlayroot mounts the squashfs that the machine runs from. */
export const RUNNING_IMAGE = '/media/root-ro';
