declare const ipv4Brand: unique symbol;
/** A dotted-quad IPv4 address without leading zeros: `10.78.0.1`. */
export type Ipv4 = string & { readonly [ipv4Brand]: true };

const quad = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/;

/** Undefined when the text is no IPv4 address. Leading zeros are refused: some read them as octal. */
export function parseIpv4(text: string): Ipv4 | undefined {
  const match = quad.exec(text);
  if (!match) return undefined;
  return match.slice(1).every((part) => Number(part) <= 255) ? (text as Ipv4) : undefined;
}

/** For literals in code. Throws on anything else. */
export function ipv4(text: string): Ipv4 {
  const address = parseIpv4(text);
  if (!address) throw new RangeError(`not an IPv4 address: ${text}`);
  return address;
}

export function ipv4ToNumber(address: Ipv4): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

export function ipv4FromNumber(value: number): Ipv4 {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join('.') as Ipv4;
}

export function ipv4ToBytes(address: Ipv4): Uint8Array {
  return Uint8Array.from(address.split('.'), Number);
}

export function ipv4FromBytes(bytes: Uint8Array): Ipv4 {
  if (bytes.length !== 4) throw new RangeError(`an IPv4 address has 4 bytes, not ${bytes.length}`);
  return bytes.join('.') as Ipv4;
}
