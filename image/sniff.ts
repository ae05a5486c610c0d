import { CodedError, type Compression, type ImportFormat } from '../model/index.ts';

/** What is looked at: the mark of ISO 9660 stands furthest in. */
export const sniffBytes = 64 * 1024;

/** Marks at fixed places (magic(5), and the documents of each format). The first that fits is what the file is. */
const marks: readonly (readonly [name: string, offset: number, mark: Buffer])[] = [
  ['gzip', 0, Buffer.from('1f8b', 'hex')],
  ['xz', 0, Buffer.from('fd377a585a00', 'hex')],
  ['zstd', 0, Buffer.from('28b52ffd', 'hex')],
  ['bzip2', 0, Buffer.from('BZh')],
  ['qcow2', 0, Buffer.from('QFI\xfb', 'latin1')],
  ['qed', 0, Buffer.from('QED\0')],
  ['vmdk', 0, Buffer.from('KDMV')],
  ['vmdk', 0, Buffer.from('COWD')],
  ['vmdk', 0, Buffer.from('# Disk DescriptorFile')],
  ['vhdx', 0, Buffer.from('vhdxfile')],
  ['vhd', 0, Buffer.from('conectix')],
  ['vdi', 64, Buffer.from('7f10dabe', 'hex')],
  ['parallels', 0, Buffer.from('WithoutFreeSpace')],
  ['parallels', 0, Buffer.from('WithouFreSpacExt')],
  ['luks', 0, Buffer.from('LUKS\xba\xbe', 'latin1')],
  ['squashfs', 0, Buffer.from('hsqs')],
  ['tar', 257, Buffer.from('ustar')],
  ['iso', 32_769, Buffer.from('CD001')],
  // A partition table, of the protective kind before a GPT (UEFI 2.10, 5.2.1): nothing starts from a disk without one.
  ['raw', 510, Buffer.from('55aa', 'hex')],
];

/** What the first bytes of a file say that it is. */
export function sniff(head: Uint8Array): string | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  return marks.find(([, offset, mark]) => bytes.subarray(offset, offset + mark.length).equals(mark))?.[0];
}

/** docs/security.md, rule 26: nobody guesses a format; what was declared must be what is there. */
export function assertFormat(head: Uint8Array, format: ImportFormat): void {
  const found = sniff(head);
  if (found !== format) refuse('format', found, format);
}

export function assertCompression(head: Uint8Array, compression: Compression): void {
  const found = sniff(head);
  const isPacked = found !== undefined && ['gzip', 'xz', 'zstd', 'bzip2'].includes(found);
  if (compression === 'none' ? isPacked : found !== compression) refuse('compression', found, compression);
}

function refuse(field: string, found: string | undefined, declared: string): never {
  throw new CodedError(
    'IMAGE_REFUSED',
    `${field}: the file is ${found ?? 'nothing that we know'} by its content, not ${declared}`,
    { field },
  );
}
