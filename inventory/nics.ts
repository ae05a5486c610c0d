import type { Nic } from '../model/index.ts';
import { type Mac, parseMac } from '../net/index.ts';
import { cleanText, invalid, limits, tooMuch } from './limits.ts';

const nobody = '00:00:00:00:00:00';

/** Physical cards with an Ethernet address; one without (InfiniBand has 20 bytes) cannot boot or carry our addresses. */
export function parseNics(section: string): Nic[] {
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
      },
    ];
  });
}
