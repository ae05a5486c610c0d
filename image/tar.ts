import { CodedError } from '../model/index.ts';

export interface TarEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const block = 512;
const maxEntries = 256;

/**
 * Reads a tar of plain files with flat names, as bootloader archives are (POSIX.1-2017 pax, "ustar Interchange Format").
 * Links, devices, directories and long names have no business there and are refused (docs/security.md, rule 27).
 *
 *   0    100   108   116   124   136   148   156   157
 *   name mode  uid   gid   size  mtime chksum type  linkname …
 */
export function readTar(archive: Uint8Array): readonly TarEntry[] {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  const entries = new Map<string, TarEntry>();
  for (let offset = 0; ; ) {
    if (offset + block > bytes.length) throw refused('ends in the middle');
    const header = bytes.subarray(offset, offset + block);
    if (header.every((byte) => byte === 0)) return [...entries.values()];
    if (octal(header, 148, 8) !== checksum(header)) throw refused('has a damaged header');
    const size = octal(header, 124, 12);
    const start = offset + block;
    offset = start + Math.ceil(size / block) * block;
    if (offset > bytes.length) throw refused('ends in the middle');

    const type = String.fromCharCode(header[156] as number);
    // A pax header; python's tarfile writes times with it. It may not say anything that we would have to obey.
    if (type === 'x' || type === 'g') {
      if (
        /^\d+ (path|linkpath|size|GNU\.sparse[^=]*)=/m.test(bytes.toString('latin1', start, start + size))
      ) {
        throw refused('has extended names or sizes');
      }
      continue;
    }
    const name = text(header, 0, 100).replace(/^\.\//, '');
    if (type === '5' && (name === '' || name === '.')) continue;
    if (type !== '0' && type !== '\0') throw refused(`holds something that is no plain file (type ${type})`);
    if (text(header, 345, 155) !== '' || !/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) {
      throw refused('holds a name that is not flat');
    }
    if (entries.has(name)) throw refused(`holds ${name} twice`);
    if (entries.size >= maxEntries) throw refused(`holds more than ${maxEntries} files`);
    entries.set(name, { name, bytes: bytes.subarray(start, start + size) });
  }
}

function octal(header: Buffer, offset: number, length: number): number {
  const digits = header
    .toString('latin1', offset, offset + length)
    .replace(/[\0 ]+$/, '')
    .trimStart();
  // GNU's base-256 numbers begin with a high bit; nothing of ours is that large.
  if (!/^[0-7]+$/.test(digits)) throw refused('has a damaged header');
  return Number.parseInt(digits, 8);
}

function text(header: Buffer, offset: number, length: number): string {
  const field = header.toString('latin1', offset, offset + length);
  const end = field.indexOf('\0');
  return end === -1 ? field : field.slice(0, end);
}

/** The sum of the header's bytes, with the checksum itself read as blanks. */
function checksum(header: Buffer): number {
  return header.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 0x20 : byte), 0);
}

function refused(what: string): CodedError {
  return new CodedError('STREAM_INVALID', `A bootloader archive ${what}.`);
}
