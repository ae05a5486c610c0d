import type { Reader, Writer } from '../../net/index.ts';
import type { Codec } from './codec.ts';
import { optionCode } from './registry.ts';

/**
 * Code to value, in the order of the wire. Options that nobody here knows are kept: a relay or a client may need them.
 *
 *     0                   1                   2
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3
 *    +---------------+---------------+---------------+-- -
 *    | code          | length        | value …
 *    +---------------+---------------+---------------+-- -
 *
 * Two codes have neither length nor value: 0 (pad) and 255 (end).
 */
export type DhcpOptions = ReadonlyMap<number, Uint8Array>;

/** The pieces of each option as found, before RFC 3396 puts them together. */
export type OptionPieces = Map<number, Uint8Array[]>;

/** One piece as it stands on the wire, at most 255 bytes of value. */
export interface OptionPiece {
  readonly code: number;
  readonly value: Uint8Array;
}

/** Reads up to the end option, or to the end of input: some clients forget the end option when the field is full. */
export function collectPieces(reader: Reader, pieces: OptionPieces): void {
  while (reader.remaining > 0) {
    const code = reader.u8();
    if (code === optionCode.pad) continue;
    if (code === optionCode.end) return;
    const value = reader.bytes(reader.u8());
    const earlier = pieces.get(code);
    if (earlier) earlier.push(value);
    else pieces.set(code, [value]);
  }
}

/** RFC 3396 section 7: pieces of one code are one value, concatenated in the order in which they appear. */
export function joinPieces(pieces: OptionPieces): DhcpOptions {
  const options = new Map<number, Uint8Array>();
  for (const [code, parts] of pieces) {
    options.set(code, parts.length === 1 ? (parts[0] as Uint8Array) : new Uint8Array(Buffer.concat(parts)));
  }
  return options;
}

/** RFC 3396 section 6: a value longer than 255 bytes is split; the pieces stay in order. */
export function splitOptions(options: DhcpOptions): OptionPiece[] {
  const pieces: OptionPiece[] = [];
  for (const [code, value] of options) {
    if (code === optionCode.pad || code === optionCode.end) continue;
    for (let start = 0; start === 0 || start < value.length; start += 255) {
      pieces.push({ code, value: value.subarray(start, start + 255) });
    }
  }
  return pieces;
}

export function writePiece(writer: Writer, piece: OptionPiece): void {
  writer.u8(piece.code).u8(piece.value.length).bytes(piece.value);
}

/** A run of options with its end option: the options field, and the values of options 43 and 175. */
export const optionsCodec: Codec<DhcpOptions> = {
  decode(reader) {
    const pieces: OptionPieces = new Map();
    collectPieces(reader, pieces);
    return joinPieces(pieces);
  },
  encode(writer, options) {
    for (const piece of splitOptions(options)) writePiece(writer, piece);
    writer.u8(optionCode.end);
  },
};
