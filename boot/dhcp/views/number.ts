import type { Codec } from '../codec.ts';

export const u8View: Codec<number> = {
  decode: (reader) => reader.u8(),
  encode: (writer, value) => void writer.u8(value),
};

export const u16View: Codec<number> = {
  decode: (reader) => reader.u16(),
  encode: (writer, value) => void writer.u16(value),
};

/** Seconds of a lease: options 51, 58, 59. */
export const u32View: Codec<number> = {
  decode: (reader) => reader.u32(),
  encode: (writer, value) => void writer.u32(value),
};
