import type { Nic } from '../model/index.ts';
import { type Mac, parseMac } from '../net/index.ts';
import { cleanText, invalid, limits, tooMuch } from './limits.ts';
import { unlessEmpty } from './optional.ts';

const nobody = '00:00:00:00:00:00';

/** Physical cards with an Ethernet address; one without (InfiniBand has 20 bytes) cannot boot or carry our addresses. */
export function parseNics(section: string, detailsSection = ''): Nic[] {
  const details = parseDetails(detailsSection);
  const rows = section.split('\n').filter((line) => line.trim() !== '');
  if (rows.length > limits.nics) throw tooMuch('network cards', limits.nics);
  return rows.flatMap((row): Nic[] => {
    const [nameText, macText, link, speedText, driver, ...more] = row.split('\t');
    if (driver === undefined || more.length > 0) throw invalid('nics', 'a line has not five fields');
    const name = cleanText('card name', nameText ?? '');
    const mac: Mac | undefined = parseMac((macText ?? '').trim());
    if (mac === undefined || mac === nobody) return [];
    // The kernel says -1, or 2^32-1, for "unknown".
    const speed = /^[1-9]\d{0,7}$/.test(speedText ?? '') ? { speed: Number(speedText) } : {};
    return [
      {
        name,
        mac,
        link: link === '1',
        ...speed,
        driver: cleanText('driver', driver),
        ...details.get(name),
      },
    ];
  });
}

/** `eno1<tab>0000:3b:00.0<tab>9.20 0x8000d95e` a line, by name of the card. */
function parseDetails(section: string): ReadonlyMap<string, Pick<Nic, 'pci' | 'firmware'>> {
  const details = new Map<string, Pick<Nic, 'pci' | 'firmware'>>();
  for (const line of section.split('\n')) {
    const [name = '', pci = '', firmware = ''] = line.split('\t');
    if (name === '') continue;
    details.set(cleanText('card name', name), {
      ...(/^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/.test(pci) && { pci }),
      ...unlessEmpty('firmware', cleanText('card firmware', firmware)),
    });
  }
  return details;
}
