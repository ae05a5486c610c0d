import { CodedError } from '../model/index.ts';
import { maxImageBytes } from './decompress.ts';

/** Enough for the header and the extensions that stand in the first cluster's beginning. */
export const qcow2HeadBytes = 64 * 1024;

export interface Qcow2Header {
  /** Bytes of the disk that it holds. */
  readonly virtualSize: number;
}

/** QEMU docs/interop/qcow2.txt, "Header extensions". */
const extensions = {
  end: 0x00000000,
  backingFormat: 0xe2792aca,
  externalDataFile: 0x44415441,
  encryption: 0x0537be77,
} as const;

const incompatible = {
  dirty: 1n,
  corrupt: 2n,
  externalData: 4n,
  compressionType: 8n,
  extendedL2: 16n,
} as const;

/**
 * Reads the header of a qcow2 (QEMU docs/interop/qcow2.txt) and refuses whatever would make a reader open another file,
 * ask for a key, or meet something that it does not know (docs/security.md, rule 26). qemu-img sees only what passed.
 *
 *   0     4       8        16        20           24   32    36      40       48       56     60     64        72   … 96
 *   magic version back_off back_size cluster_bits size crypt l1_size l1_table refcount count  snaps  snap_off  incompatible …
 */
export function parseQcow2Header(head: Uint8Array, fileSize: number): Qcow2Header {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  if (bytes.length < 104 || bytes.readUInt32BE(0) !== 0x514649fb) throw refused('has no whole header');
  const version = bytes.readUInt32BE(4);
  if (version !== 2 && version !== 3) throw refused(`is of version ${version}`);
  if (bytes.readBigUInt64BE(8) !== 0n || bytes.readUInt32BE(16) !== 0) throw refused('names a backing file');
  const clusterBits = bytes.readUInt32BE(20);
  if (clusterBits < 9 || clusterBits > 21) throw refused(`has clusters of 2^${clusterBits} bytes`);
  const virtualSize = bytes.readBigUInt64BE(24);
  if (virtualSize === 0n || virtualSize > BigInt(maxImageBytes)) {
    throw refused(`holds a disk of ${virtualSize} bytes; at most ${maxImageBytes} are taken`);
  }
  if (bytes.readUInt32BE(32) !== 0) throw refused('is encrypted');
  checkTables(bytes, { fileSize, virtualSize, clusterSize: 2 ** clusterBits });
  if (version === 3) checkVersion3(bytes, 2 ** clusterBits);
  else checkExtensions(bytes, 72, 2 ** clusterBits);
  return { virtualSize: Number(virtualSize) };
}

function checkTables(
  bytes: Buffer,
  of: { readonly fileSize: number; readonly virtualSize: bigint; readonly clusterSize: number },
): void {
  const within = (offset: bigint, length: number, what: string) => {
    if (
      offset % BigInt(of.clusterSize) !== 0n ||
      offset === 0n ||
      offset + BigInt(length) > BigInt(of.fileSize)
    ) {
      throw refused(`has its ${what} outside of the file`);
    }
  };
  const l1Size = bytes.readUInt32BE(36);
  // An L2 table is one cluster of 8-byte entries, 16-byte ones at most: so many entries are needed, and no more.
  const perEntry = BigInt(of.clusterSize) * BigInt(of.clusterSize / 16);
  if (BigInt(l1Size) > of.virtualSize / perEntry + 2n) throw refused('has too large a table');
  within(bytes.readBigUInt64BE(40), l1Size * 8, 'table of clusters');
  within(bytes.readBigUInt64BE(48), bytes.readUInt32BE(56) * of.clusterSize, 'table of reference counts');
  if (bytes.readUInt32BE(60) !== 0) throw refused('holds snapshots');
}

function checkVersion3(bytes: Buffer, clusterSize: number): void {
  const features = bytes.readBigUInt64BE(72);
  if (features & incompatible.externalData) throw refused('keeps its data in another file');
  if (features & (incompatible.dirty | incompatible.corrupt)) throw refused('says that it is damaged');
  const unknown = features & ~(incompatible.compressionType | incompatible.extendedL2);
  if (unknown !== 0n) throw refused(`has features that we do not know (0x${unknown.toString(16)})`);
  if (bytes.readUInt32BE(96) > 6) throw refused('has too wide reference counts');
  const headerLength = bytes.readUInt32BE(100);
  if (headerLength < 104 || headerLength % 8 !== 0 || headerLength > clusterSize)
    throw refused('has a damaged header');
  // 0 is deflate, 1 is zstd; without the feature the field means nothing.
  const compressionType = headerLength > 104 ? (bytes[104] as number) : 0;
  if (features & incompatible.compressionType && compressionType > 1) {
    throw refused(`is compressed in a way that we do not know (${compressionType})`);
  }
  checkExtensions(bytes, headerLength, clusterSize);
}

function checkExtensions(bytes: Buffer, start: number, clusterSize: number): void {
  const end = Math.min(bytes.length, clusterSize);
  for (let offset = start; offset + 8 <= end; ) {
    const type = bytes.readUInt32BE(offset);
    const length = bytes.readUInt32BE(offset + 4);
    if (type === extensions.end) return;
    if (type === extensions.backingFormat) throw refused('names a backing file');
    if (type === extensions.externalDataFile) throw refused('keeps its data in another file');
    if (type === extensions.encryption) throw refused('is encrypted');
    offset += 8 + Math.ceil(length / 8) * 8;
    if (offset > end) throw refused('has a damaged header');
  }
}

function refused(what: string): CodedError {
  return new CodedError('IMAGE_REFUSED', `The qcow2 file ${what}.`, { field: 'format' });
}
