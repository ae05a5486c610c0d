import { Reader, Writer } from '../../net/index.ts';

/** The one shape of everything that crosses the wire. */
export interface Codec<T> {
  decode(reader: Reader): T;
  encode(writer: Writer, value: T): void;
}

export function decodeBytes<T>(codec: Codec<T>, bytes: Uint8Array): T {
  return codec.decode(new Reader(bytes));
}

export function encodeBytes<T>(codec: Codec<T>, value: T): Uint8Array {
  const writer = new Writer();
  codec.encode(writer, value);
  return writer.finish();
}
