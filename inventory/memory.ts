import type { Inventory, MemoryModule } from '../model/index.ts';
import { cleanText, invalid, limits, tooMuch } from './limits.ts';
import { unlessEmpty } from './optional.ts';
import { parsePairs } from './sections.ts';

const units: Readonly<Record<string, number>> = {
  kB: 1024,
  MB: 1024 ** 2,
  GB: 1024 ** 3,
  TB: 1024 ** 4,
};

/** Installed is what the modules hold together; the kernel's total is less by what firmware keeps, but always there. */
export function parseMemory(section: string, modulesSection: string): Inventory['memory'] {
  const total = parseSize(parsePairs(section).get('total') ?? '');
  if (total === undefined) throw invalid('MemTotal', 'is no size');
  const modules = parseModules(modulesSection);
  const installed = modules.reduce((sum, { bytes }) => sum + bytes, 0);
  return { bytes: Math.max(total, installed), modules };
}

/** dmidecode(8), SMBIOS type 17; an empty slot says "No Module Installed". */
function parseModules(text: string): MemoryModule[] {
  const modules = text
    .split(/^Memory Device$/m)
    .slice(1)
    .flatMap((block): MemoryModule[] => {
      const field = (name: string) => new RegExp(`^[ \\t]+${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
      const bytes = parseSize(field('Size'));
      if (bytes === undefined || bytes === 0) return [];
      return [
        {
          slot: cleanText('memory slot', field('Locator')),
          bytes,
          kind: cleanText('memory type', field('Type')),
          ...speedOf(field('Configured Memory Speed'), field('Configured Clock Speed'), field('Speed')),
          ...unlessEmpty('vendor', cleanText('memory vendor', field('Manufacturer'))),
          ...unlessEmpty('serial', cleanText('memory serial', field('Serial Number'))),
          ...unlessEmpty('part', cleanText('memory part', field('Part Number'))),
        },
      ];
    });
  if (modules.length > limits.memoryModules) throw tooMuch('memory modules', limits.memoryModules);
  return modules;
}

/** dmidecode says MT/s, and MHz before 3.2; what the module runs at comes before what it could do. */
function speedOf(...texts: readonly string[]): { readonly speed?: number } {
  for (const text of texts) {
    const digits = /^(\d{1,6}) (MT\/s|MHz)$/.exec(text.trim())?.[1];
    if (digits !== undefined) return { speed: Number(digits) };
  }
  return {};
}

function parseSize(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^\s*(\d{1,12}) ([kMGT]B)\s*$/.exec(text) ?? [];
  const factor = units[unit];
  const bytes = Number(digits) * (factor ?? 0);
  return factor !== undefined && Number.isSafeInteger(bytes) ? bytes : undefined;
}
