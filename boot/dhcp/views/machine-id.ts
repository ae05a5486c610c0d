import { MalformedError } from '../../../net/index.ts';
import type { Codec } from '../codec.ts';

/**
 * Option 97 (RFC 4578 section 2.3) as the UUID that SMBIOS shows: the first three groups are little-endian on the wire.
 *
 *    +-----+-----+------+-----------------------------+
 *    | 97  | 17  | 0    | 16 bytes of GUID            |
 *    +-----+-----+------+-----------------------------+
 */
export const machineIdView: Codec<string> = {
  decode(reader) {
    // RFC 4578 2.3: type 0 is the only one there is.
    if (reader.u8() !== 0) throw new MalformedError('option 97 of an unknown type');
    return toUuid(reader.bytes(16));
  },
  encode(writer, uuid) {
    writer.u8(0).bytes(reorder(Uint8Array.from(Buffer.from(uuid.replaceAll('-', ''), 'hex'))));
  },
};

/** Wire position of each byte of the text; the order is its own inverse. */
const wireOrder = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15] as const;

function reorder(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(wireOrder, (index) => bytes[index] as number);
}

function toUuid(bytes: Uint8Array): string {
  const hex = Buffer.from(reorder(bytes)).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
