import type { UsbDevice } from '../model/index.ts';
import { cleanText, limits, tooMuch } from './limits.ts';

/** `0624<tab>0248<tab>Avocent<tab>Keyboard/Mouse<tab>serial<tab>` a line: what the device says of itself. */
export function parseUsb(section: string): UsbDevice[] {
  const rows = section.split('\n').filter((line) => line.trim() !== '');
  if (rows.length > limits.usb) throw tooMuch('USB devices', limits.usb);
  return rows.flatMap((row): UsbDevice[] => {
    const [vendorId = '', productId = '', vendor = '', product = '', serial = ''] = row.split('\t');
    if (!/^[0-9a-f]{4}$/.test(vendorId) || !/^[0-9a-f]{4}$/.test(productId)) return [];
    return [
      {
        vendorId,
        productId,
        vendor: cleanText('USB vendor', vendor),
        product: cleanText('USB product', product),
        serial: cleanText('USB serial', serial),
      },
    ];
  });
}
