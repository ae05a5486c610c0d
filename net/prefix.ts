import { type Ipv4, ipv4FromNumber, ipv4ToNumber, parseIpv4 } from './ipv4.ts';
import { type Ipv6, ipv6FromNumber, ipv6ToNumber, parseIpv6 } from './ipv6.ts';

export type IpAddress =
  | { readonly family: 4; readonly text: Ipv4 }
  | { readonly family: 6; readonly text: Ipv6 };

/** An address and how much of it is its network: `10.78.0.20/24`, `2001:db8::20/64`. */
export type IpPrefix = IpAddress & { readonly length: number };

/** Of either family, in its one spelling. */
export function parseIpAddress(text: string): IpAddress | undefined {
  const four = parseIpv4(text);
  if (four) return { family: 4, text: four };
  const six = parseIpv6(text);
  return six && { family: 6, text: six };
}

/** Host bits may be set. Undefined when it has no length, or too large a one. */
export function parseIpPrefix(text: string): IpPrefix | undefined {
  const [address = '', length = '', ...more] = text.split('/');
  const parsed = parseIpAddress(address);
  if (!parsed || more.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(length)) return undefined;
  return Number(length) <= bits(parsed) ? { ...parsed, length: Number(length) } : undefined;
}

export function formatPrefix({ text, length }: IpPrefix): string {
  return `${text}/${length}`;
}

/** The same prefix with its host bits zero. */
export function networkOf(prefix: IpPrefix): IpPrefix {
  const host = hostBits(prefix);
  return withNumber(prefix, (toNumber(prefix) >> host) << host);
}

export function isOnLink(prefix: IpPrefix, address: IpAddress): boolean {
  if (prefix.family !== address.family) return false;
  const host = hostBits(prefix);
  return toNumber(prefix) >> host === toNumber(address) >> host;
}

/**
 * False for the network itself and, of IPv4, for its broadcast address. RFC 3021 and RFC 6164 give both addresses of a
 * network of two to hosts.
 */
export function isHostAddress(prefix: IpPrefix): boolean {
  const host = hostBits(prefix);
  if (host < 2n) return true;
  const number = toNumber(prefix) & ((1n << host) - 1n);
  return number !== 0n && (prefix.family === 6 || number !== (1n << host) - 1n);
}

function withNumber(prefix: IpPrefix, value: bigint): IpPrefix {
  return prefix.family === 4
    ? { ...prefix, text: ipv4FromNumber(Number(value)) }
    : { ...prefix, text: ipv6FromNumber(value) };
}

function toNumber(address: IpAddress): bigint {
  return address.family === 4 ? BigInt(ipv4ToNumber(address.text)) : ipv6ToNumber(address.text);
}

function hostBits(prefix: IpPrefix): bigint {
  return BigInt(bits(prefix) - prefix.length);
}

function bits({ family }: IpAddress): number {
  return family === 4 ? 32 : 128;
}
