/** UEFI 2.10, 5.3: what the beginning of a disk says of its partitions. */
export interface GptPartition {
  /** Counts from 1. */
  readonly number: number;
  /** GUID of its type, in small letters. */
  readonly type: string;
  readonly name: string;
}

/** Sectors of 512 bytes: what comes as an image of a disk has no others. */
const SECTOR = 512;
const UNUSED = '00000000-0000-0000-0000-000000000000';

/** Undefined when there is no GPT, or not all of its entries are within `head`. */
export function readGpt(head: Buffer): readonly GptPartition[] | undefined {
  if (head.length < 2 * SECTOR || head.toString('latin1', SECTOR, SECTOR + 8) !== 'EFI PART')
    return undefined;
  const start = Number(head.readBigUInt64LE(SECTOR + 72)) * SECTOR;
  const count = head.readUInt32LE(SECTOR + 80);
  const size = head.readUInt32LE(SECTOR + 84);
  if (size < 128 || count > 1024 || start + count * size > head.length) return undefined;
  return Array.from({ length: count }, (_, index) => {
    const entry = head.subarray(start + index * size, start + (index + 1) * size);
    const name = entry.toString('utf16le', 56, 128).split('\0', 1)[0] as string;
    return { number: index + 1, type: guid(entry), name };
  }).filter(({ type }) => type !== UNUSED);
}

/** Appendix A: its first three fields are little-endian. */
function guid(bytes: Buffer): string {
  const reversed = (from: number, to: number) => Buffer.from(bytes.subarray(from, to)).reverse();
  return [reversed(0, 4), reversed(4, 6), reversed(6, 8), bytes.subarray(8, 10), bytes.subarray(10, 16)]
    .map((part) => part.toString('hex'))
    .join('-');
}
