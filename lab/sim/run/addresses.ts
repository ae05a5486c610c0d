import { type Cidr, cidr, type Ipv4, ipv4, ipv4FromNumber, ipv4ToNumber } from '../../../net/index.ts';

/** The simulated rack's network, all of it local to one network namespace. */
export const network: Cidr = cidr('10.90.0.0/16');
export const server: Ipv4 = ipv4('10.90.0.1');
/** What `rackwright up` has to be told to fetch images from there. */
export const mayFetch = ['--allow-outbound', `${server}/32`] as const;
export const relay: Ipv4 = ipv4('10.90.255.254');
export const dynamic = { first: ipv4('10.90.1.0'), last: ipv4('10.90.99.255') } as const;
export const fixed = { first: ipv4('10.90.100.0'), last: ipv4('10.90.199.255') } as const;
/** Not a way out: nothing is behind it. */
export const bmcNetwork: Cidr = cidr('10.91.0.0/16');
/** On the loopback, each makes its whole network local (RTN_LOCAL for a loopback device): any of it can be bound. */
export const loopbackAddresses = ['10.90.0.1/16', '10.91.0.1/16'] as const;

export function bmcAddress(index: number): Ipv4 {
  return ipv4FromNumber(ipv4ToNumber(ipv4('10.91.1.0')) + index);
}
