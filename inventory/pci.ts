import type { Inventory, PciDevice } from '../model/index.ts';
import { cleanText, limits, tooMuch } from './limits.ts';

/**
 * `0000:3b:00.0<tab>0x020000<tab>0x8086<tab>0x1572<tab>pci:v…<tab>i40e` a line, from the kernel's files; names from
 * `lspci -mm -nn -D`, which quotes every field and ends each name with its number in brackets.
 */
export function parsePci(section: string, namesSection: string): PciDevice[] {
  const rows = section.split('\n').filter((line) => line.trim() !== '');
  if (rows.length > limits.pci) throw tooMuch('PCI devices', limits.pci);
  const names = parseNames(namesSection);
  return rows.flatMap((row): PciDevice[] => {
    const [address = '', kind = '', vendorId = '', deviceId = '', modalias = '', driver = ''] =
      row.split('\t');
    const numbers = /^0x([0-9a-f]{4})[0-9a-f]{2} 0x([0-9a-f]{4}) 0x([0-9a-f]{4})$/.exec(
      `${kind} ${vendorId} ${deviceId}`,
    );
    if (!numbers || !/^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/.test(address)) return [];
    const named = names.get(address);
    return [
      {
        address,
        class: numbers[1] as string,
        vendorId: numbers[2] as string,
        deviceId: numbers[3] as string,
        vendor: cleanText('PCI vendor', named?.vendor ?? ''),
        device: cleanText('PCI device', named?.device ?? ''),
        driver: cleanText('PCI driver', driver),
        modalias: cleanText('PCI modalias', modalias),
      },
    ];
  });
}

function parseNames(text: string): ReadonlyMap<string, { readonly vendor: string; readonly device: string }> {
  const names = new Map<string, { vendor: string; device: string }>();
  for (const line of text.split('\n')) {
    const [, address, vendor, device] =
      /^(\S{7,20}) "[^"]{0,256}" "([^"]{0,256})" "([^"]{0,256})"/.exec(line) ?? [];
    if (address && names.size < limits.pci)
      names.set(address, { vendor: withoutNumber(vendor), device: withoutNumber(device) });
  }
  return names;
}

/** lspci says `Device [1234]` of what its list does not know: that is no name. */
function withoutNumber(text = ''): string {
  const name = text.replace(/ ?\[[0-9a-f]{4}\]$/, '');
  return name === 'Device' || name === 'Vendor' ? '' : name;
}

export function gpusOf(pci: readonly PciDevice[]): Inventory['gpus'] {
  return pci
    .filter((device) => device.class.startsWith('03'))
    .map(({ address, vendor, device, vendorId, deviceId }) => ({
      address,
      name: `${vendor} ${device}`.trim() || `${vendorId}:${deviceId}`,
    }));
}
