import type { HardwareIdentity } from './machine.ts';

/** How an arrival compares with a machine that is known. */
export type IdentityMatch =
  | { readonly kind: 'same' }
  | { readonly kind: 'different' }
  | { readonly kind: 'conflict'; readonly field: 'uuid' | 'serial' | 'mac'; readonly value: string };

/** Vendors ship boards with these; they identify nothing. */
const placeholderUuids = new Set([
  '',
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  '03000200-0400-0500-0006-000700080009',
]);
const placeholderSerials =
  /^(|0+|none|n\/a|not specified|default string|system serial number|to be filled by o\.?e\.?m\.?|123456789)$/i;

export function isPlaceholderUuid(uuid: string): boolean {
  return placeholderUuids.has(uuid);
}

export function isPlaceholderSerial(serial: string): boolean {
  return placeholderSerials.test(serial.trim());
}

/**
 * Same: a MAC in common and neither UUID nor serial contradict. Anything half alike is a conflict, never a merge
 * (docs/security.md, rule 8): a known UUID or serial on unknown MACs, or a known MAC under another UUID or serial.
 */
export function compareIdentity(known: HardwareIdentity, arrival: HardwareIdentity): IdentityMatch {
  const sharedMac = known.macs.find((mac) => arrival.macs.includes(mac));
  const uuid = compareField(known.uuid, arrival.uuid, isPlaceholderUuid);
  const serial = compareField(known.serial, arrival.serial, isPlaceholderSerial);
  if (sharedMac) {
    if (uuid === 'differs' || serial === 'differs')
      return { kind: 'conflict', field: 'mac', value: sharedMac };
    return { kind: 'same' };
  }
  if (uuid === 'equal') return { kind: 'conflict', field: 'uuid', value: arrival.uuid };
  if (serial === 'equal') return { kind: 'conflict', field: 'serial', value: arrival.serial };
  return { kind: 'different' };
}

function compareField(known: string, arrival: string, isPlaceholder: (value: string) => boolean) {
  if (isPlaceholder(known) || isPlaceholder(arrival)) return 'unknown';
  return known === arrival ? 'equal' : 'differs';
}
