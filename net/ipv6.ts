import { isIPv6 } from 'node:net';

declare const ipv6Brand: unique symbol;
/** An IPv6 address without zone, as RFC 5952 writes it: `2001:db8::1`. */
export type Ipv6 = string & { readonly [ipv6Brand]: true };

/** Any spelling of RFC 4291, section 2.2. Undefined when the text is no address, or has a zone. */
export function parseIpv6(text: string): Ipv6 | undefined {
  if (!isIPv6(text) || text.includes('%')) return undefined;
  return ipv6FromNumber(toNumber(text));
}

/** 128 bits. */
export function ipv6ToNumber(address: Ipv6): bigint {
  return toNumber(address);
}

/** RFC 5952, section 4: small letters, no leading zeros, the first longest run of two or more zero groups shortened. */
export function ipv6FromNumber(value: bigint): Ipv6 {
  const groups = Array.from({ length: 8 }, (_, index) =>
    Number((value >> BigInt(16 * (7 - index))) & 0xffffn).toString(16),
  );
  const { start, length } = longestZeros(groups);
  if (length < 2) return groups.join(':') as Ipv6;
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}` as Ipv6;
}

function longestZeros(groups: readonly string[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== '0') start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  }
  return best;
}

function toNumber(text: string): bigint {
  const [head = '', tail] = dottedAsGroups(text).split('::');
  const left = head.split(':').filter(Boolean);
  const right = tail?.split(':').filter(Boolean) ?? [];
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

/** RFC 4291, section 2.2, point 3: `::ffff:192.0.2.1`. */
function dottedAsGroups(text: string): string {
  return text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: string[]) => {
    const [a, b, c, d] = bytes.map(Number) as [number, number, number, number];
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
}
