/** Linux: IFNAMSIZ is 16 with the NUL. Narrower than the kernel's rule: it must mean itself to every network tool. */
const plain = /^[a-z][a-z0-9]{1,14}$/;
/** systemd.link(5): renaming into the kernel's own name space races with the next card that the kernel names. */
const kernels = /^(eth|usb|wlan|lo|bond|br|dummy|tun|tap|veth)\d*$/;

/** The card keeps the name that people saw in the inventory, if that name will still be its own after a boot. */
export function interfaceName(found: string | undefined): string {
  return found !== undefined && plain.test(found) && !kernels.test(found) ? found : 'net0';
}
