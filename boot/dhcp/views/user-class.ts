import type { Codec } from '../codec.ts';

/**
 * Option 77. RFC 3004 section 4 wants each class behind its length; iPXE, older than most readers of that RFC, sends the
 * bare four letters. Bytes that do not add up as lengths are one bare class.
 *
 *    +-----+----+-----------+-----+----+-----------+
 *    | 77  | N  | length 1  | class 1  | length 2  | class 2 …
 *    +-----+----+-----------+-----+----+-----------+
 */
export const userClassView: Codec<readonly string[]> = {
  decode(reader) {
    const bytes = reader.rest();
    return lengthPrefixed(bytes) ?? (bytes.length > 0 ? [latin1(bytes)] : []);
  },
  encode(writer, classes) {
    for (const name of classes) writer.u8(name.length).bytes(Buffer.from(name, 'latin1'));
  },
};

function lengthPrefixed(bytes: Uint8Array): string[] | undefined {
  const classes: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes[at] as number;
    const end = at + 1 + length;
    if (length === 0 || end > bytes.length) return undefined;
    classes.push(latin1(bytes.subarray(at + 1, end)));
    at = end;
  }
  return classes;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
