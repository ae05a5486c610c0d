import type { Inventory } from '../../model/index.ts';

/** Is there any of these on the machine? Nothing asked for fits everything. `*` and `?` stand for what they do in a shell. */
export function fitsHardware(wanted: readonly string[], inventory: Inventory): boolean {
  return wanted.length === 0 || wanted.some((id) => has(inventory, id));
}

function has({ system, board, pci, usb, modalias = '' }: Inventory, id: string): boolean {
  const colon = id.indexOf(':');
  const value = id.slice(colon + 1);
  const is = (text: string | undefined) => text !== undefined && matches(value, text);
  switch (id.slice(0, colon).toLowerCase()) {
    case 'modalias':
      return is(modalias) || pci.some((device) => is(device.modalias));
    case 'pci':
      return pci.some(({ vendorId, deviceId }) => is(`${vendorId}:${deviceId}`));
    case 'usb':
      return usb.some(({ vendorId, productId }) => is(`${vendorId}:${productId}`));
    case 'system_vendor':
      return is(system.vendor);
    case 'system_product':
      return is(system.product);
    case 'system_version':
      return is(system.version);
    case 'mainboard_vendor':
      return is(board?.vendor);
    case 'mainboard_product':
      return is(board?.product);
    default:
      return false;
  }
}

/** Without a regular expression: many stars in one would take for ever (and the pattern is an operator's, the text a machine's). */
function matches(pattern: string, text: string): boolean {
  const wanted = pattern.toLowerCase();
  const given = text.toLowerCase();
  let star = -1;
  let resume = 0;
  let at = 0;
  let place = 0;
  while (place < given.length) {
    if (wanted[at] === '*') {
      star = at++;
      resume = place;
    } else if (at < wanted.length && (wanted[at] === '?' || wanted[at] === given[place])) {
      at += 1;
      place += 1;
    } else if (star !== -1) {
      at = star + 1;
      place = ++resume;
    } else return false;
  }
  while (wanted[at] === '*') at += 1;
  return at === wanted.length;
}
