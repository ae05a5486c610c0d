import type { Inventory } from '../model/index.ts';
import { cleanText, invalid } from './limits.ts';
import { parsePairs } from './sections.ts';

const nobody = '00000000-0000-0000-0000-000000000000';

/** Firmware and system from /sys/class/dmi/id (SMBIOS types 0 and 1). */
export function parseSystem(section: string): Pick<Inventory, 'firmware' | 'system'> & {
  arch: Inventory['cpu']['arch'];
} {
  const pairs = parsePairs(section);
  const field = (name: string) => cleanText(name, pairs.get(name) ?? '');
  const mode = field('mode');
  if (mode !== 'bios' && mode !== 'uefi') throw invalid('mode', 'is neither bios nor uefi');
  return {
    arch: parseArch(field('machine')),
    firmware: {
      mode,
      vendor: field('bios_vendor'),
      version: field('bios_version'),
      date: field('bios_date'),
    },
    system: {
      vendor: field('sys_vendor'),
      product: field('product_name'),
      serial: field('product_serial'),
      uuid: parseUuid(field('product_uuid')),
    },
  };
}

function parseArch(machine: string): Inventory['cpu']['arch'] {
  switch (machine) {
    case 'x86_64':
      return 'amd64';
    case 'aarch64':
      return 'arm64';
    default:
      throw invalid('machine', `architecture ${JSON.stringify(machine)} is neither x86_64 nor aarch64`);
  }
}

/** A machine that has none gets the UUID that identifies nobody. */
function parseUuid(text: string): string {
  const uuid = text.toLowerCase();
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid) ? uuid : nobody;
}
