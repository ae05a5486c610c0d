import { type Ipv4, ipv4FromNumber, ipv4ToNumber, parseIpv4 } from './ipv4.ts';

declare const cidrBrand: unique symbol;
/** A network in prefix notation whose host bits are zero: `10.78.0.0/24`. */
export type Cidr = string & { readonly [cidrBrand]: true };

/** Both ends included. */
export interface Ipv4Range {
  readonly first: Ipv4;
  readonly last: Ipv4;
}

/** Undefined when the text is no network, or has host bits set. */
export function parseCidr(text: string): Cidr | undefined {
  const [address, length, ...more] = text.split('/');
  if (more.length > 0 || !address || !length || !/^(0|[1-9]\d?)$/.test(length)) return undefined;
  const network = parseIpv4(address);
  const prefix = Number(length);
  if (!network || prefix > 32) return undefined;
  return (ipv4ToNumber(network) & mask(prefix)) >>> 0 === ipv4ToNumber(network) ? (text as Cidr) : undefined;
}

export function cidr(text: string): Cidr {
  const network = parseCidr(text);
  if (!network) throw new RangeError(`not a network in prefix notation: ${text}`);
  return network;
}

export function prefixLength(network: Cidr): number {
  return Number(network.slice(network.indexOf('/') + 1));
}

export function netmask(network: Cidr): Ipv4 {
  return ipv4FromNumber(mask(prefixLength(network)));
}

export function networkAddress(network: Cidr): Ipv4 {
  return network.slice(0, network.indexOf('/')) as Ipv4;
}

export function broadcastAddress(network: Cidr): Ipv4 {
  const hostBits = ~mask(prefixLength(network)) >>> 0;
  return ipv4FromNumber((ipv4ToNumber(networkAddress(network)) | hostBits) >>> 0);
}

export function contains(network: Cidr, address: Ipv4): boolean {
  return (
    (ipv4ToNumber(address) & mask(prefixLength(network))) >>> 0 === ipv4ToNumber(networkAddress(network))
  );
}

export function inRange(range: Ipv4Range, address: Ipv4): boolean {
  const value = ipv4ToNumber(address);
  return value >= ipv4ToNumber(range.first) && value <= ipv4ToNumber(range.last);
}

/** Every address of the range, lowest first. */
export function* addressesOf(range: Ipv4Range): Generator<Ipv4> {
  const last = ipv4ToNumber(range.last);
  for (let value = ipv4ToNumber(range.first); value <= last; value += 1) yield ipv4FromNumber(value);
}

function mask(prefix: number): number {
  return prefix === 0 ? 0 : (0xffff_ffff << (32 - prefix)) >>> 0;
}
