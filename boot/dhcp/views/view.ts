import type { Ipv4 } from '../../../net/index.ts';
import { type Codec, decodeBytes, encodeBytes } from '../codec.ts';
import type { DhcpOptions } from '../options.ts';

/** Undefined when the option is absent or says nonsense: one bad option of a client does not silence the rest of it. */
export function view<T>(options: DhcpOptions, code: number, codec: Codec<T>): T | undefined {
  const bytes = options.get(code);
  if (!bytes) return undefined;
  try {
    return decodeBytes(codec, bytes);
  } catch {
    return undefined;
  }
}

/** One entry of an option map. */
export function option<T>(code: number, codec: Codec<T>, value: T): readonly [number, Uint8Array] {
  return [code, encodeBytes(codec, value)];
}

/** What `0.0.0.0` means in a header field. */
export function given(address: Ipv4 | undefined): Ipv4 | undefined {
  return address === '0.0.0.0' ? undefined : address;
}
