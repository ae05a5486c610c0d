import type { Codec } from '../codec.ts';

/** Latin-1, so that whatever bytes a client sends survive. */
export const textView: Codec<string> = {
  decode(reader) {
    const text = Buffer.from(reader.rest()).toString('latin1');
    // RFC 2132 section 2: senders should not end text with NUL, and receivers must be able to take it.
    return text.replace(/\0+$/, '');
  },
  encode: (writer, text) => void writer.bytes(Buffer.from(text, 'latin1')),
};
