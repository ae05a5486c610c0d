import { CodedError } from '../model/index.ts';

/** A whole desktop has 300,000 files; more than this is made to exhaust whoever unpacks it. */
export const maxRootEntries = 1_000_000;
const maxPadding = 2 ** 20;

/**
 * The superblock of a squashfs 4.0 (Linux fs/squashfs/squashfs_fs.h): is it one, is it whole, is it of a size that a
 * machine can unpack? Its tree is read on the machine only.
 *
 *   0     4      8     12         16    20         22        24    26  28    30    32    40
 *   magic inodes mtime block_size frags compressor block_log flags ids major minor root  bytes_used …
 */
export function checkSquashfs(head: Uint8Array, fileSize: number): void {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  if (bytes.length < 96 || bytes.readUInt32LE(0) !== 0x73717368) throw refused('has no whole superblock');
  if (bytes.readUInt16LE(28) !== 4 || bytes.readUInt16LE(30) !== 0) throw refused('is not of version 4.0');
  const blockSize = bytes.readUInt32LE(12);
  const blockLog = bytes.readUInt16LE(22);
  if (blockLog < 12 || blockLog > 20 || blockSize !== 2 ** blockLog)
    throw refused('has a damaged superblock');
  const compressor = bytes.readUInt16LE(20);
  if (compressor < 1 || compressor > 6)
    throw refused(`is compressed in a way that we do not know (${compressor})`);
  if (bytes.readUInt32LE(4) > maxRootEntries) throw refused(`holds more than ${maxRootEntries} files`);
  const used = bytes.readBigUInt64LE(40);
  if (used < 96n || used > BigInt(fileSize)) throw refused('is cut off');
  if (BigInt(fileSize) - used > BigInt(maxPadding)) throw refused('has something behind its end');
  for (const offset of [48, 64, 72]) {
    if (bytes.readBigUInt64LE(offset) >= used) throw refused('has a table outside of the file');
  }
}

function refused(what: string): CodedError {
  return new CodedError('IMAGE_REFUSED', `The squashfs ${what}.`, { field: 'format' });
}
