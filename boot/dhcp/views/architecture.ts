import type { Codec } from '../codec.ts';

/** Option 93, best first (RFC 4578 section 2.1). */
export const architecturesView: Codec<readonly number[]> = {
  decode(reader) {
    const types: number[] = [];
    while (reader.remaining > 0) types.push(reader.u16());
    return types;
  },
  encode(writer, types) {
    for (const type of types) writer.u16(type);
  },
};
