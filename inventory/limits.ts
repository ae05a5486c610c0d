import { CodedError } from '../model/index.ts';

/** docs/security.md rule 11: what a machine says is hostile. */
export const limits = {
  bytes: 16 * 1024 ** 2,
  stringBytes: 1024,
  jsonDepth: 25,
  nics: 64,
  disks: 512,
  memoryModules: 1024,
  pci: 4096,
  usb: 1024,
  numaNodes: 1024,
  /** A disk may say this many things about what it holds; a thousand partitions are no error, only too many to show. */
  holds: 64,
} as const;

export function tooMuch(what: string, most: number | string): CodedError {
  return new CodedError('REMOTE_OUTPUT_REFUSED', `The machine reports more ${what} than it may (${most}).`, {
    what,
  });
}

export function invalid(field: string, why: string): CodedError {
  return new CodedError('INVENTORY_INVALID', `${field}: ${why}`, { field });
}

/** One line without control characters or marks that reorder text, trimmed. Too long is refused, not cut: nobody names a disk in a kilobyte. */
export function cleanText(field: string, value: string): string {
  if (Buffer.byteLength(value) > limits.stringBytes) throw tooMuch(`bytes in ${field}`, limits.stringBytes);
  return value
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[\p{Cf}\p{Cs}\p{Co}]/gu, '')
    .trim();
}
