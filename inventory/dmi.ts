import type { Inventory } from '../model/index.ts';
import { cleanText, invalid } from './limits.ts';
import { unlessEmpty } from './optional.ts';
import { parsePairs } from './sections.ts';

const nobody = '00000000-0000-0000-0000-000000000000';

/** Firmware and system from /sys/class/dmi/id (SMBIOS types 0 and 1). */
export function parseSystem(section: string): Pick<
  Inventory,
  'firmware' | 'system' | 'board' | 'chassis' | 'tpm' | 'modalias'
> & {
  arch: Inventory['cpu']['arch'];
} {
  const pairs = parsePairs(section);
  const field = (name: string) => cleanText(name, pairs.get(name) ?? '');
  const hasAny = (...names: readonly string[]) => names.some((name) => field(name) !== '');
  const mode = field('mode');
  if (mode !== 'bios' && mode !== 'uefi') throw invalid('mode', 'is neither bios nor uefi');
  return {
    arch: parseArch(field('machine')),
    firmware: {
      mode,
      vendor: field('bios_vendor'),
      version: field('bios_version'),
      date: field('bios_date'),
      ...secureBoot(field('secure_boot')),
    },
    system: {
      vendor: field('sys_vendor'),
      product: field('product_name'),
      serial: field('product_serial'),
      uuid: parseUuid(field('product_uuid')),
      ...unlessEmpty('version', field('product_version')),
    },
    ...(hasAny('board_vendor', 'board_name', 'board_serial') && {
      board: {
        vendor: field('board_vendor'),
        product: field('board_name'),
        serial: field('board_serial'),
        version: field('board_version'),
      },
    }),
    ...(hasAny('chassis_vendor', 'chassis_type', 'chassis_serial') && {
      chassis: {
        vendor: field('chassis_vendor'),
        kind: /^\d{1,3}$/.test(field('chassis_type')) ? Number(field('chassis_type')) : 0,
        serial: field('chassis_serial'),
      },
    }),
    ...tpmOf(field('tpm')),
    ...(field('modalias') !== '' && { modalias: field('modalias') }),
  };
}

function secureBoot(text: string): { readonly secureBoot?: 'on' | 'off' } {
  return text === '1' ? { secureBoot: 'on' } : text === '0' ? { secureBoot: 'off' } : {};
}

/** The kernel tells the major version only: 1 is 1.2, 2 is 2.0. */
function tpmOf(text: string): { readonly tpm?: { readonly version: string } } {
  return text === '1' ? { tpm: { version: '1.2' } } : text === '2' ? { tpm: { version: '2.0' } } : {};
}

export function parseArch(machine: string): Inventory['cpu']['arch'] {
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
export function parseUuid(text: string): string {
  const uuid = text.toLowerCase();
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid) ? uuid : nobody;
}
