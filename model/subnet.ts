import type { HostKeyPin } from './boot.ts';
import type { Cidr, Ipv4, Ipv4Range } from '../net/index.ts';

export const discoveryPolicies = ['on', 'declared-only', 'off'] as const;

/** One network of machines that we serve. */
export interface Subnet {
  readonly name: string;
  readonly site: string;
  readonly cidr: Cidr;
  /** Our own address in it: DHCP server identifier, TFTP and HTTP boot server. */
  readonly serverAddress: Ipv4;
  readonly gateway?: Ipv4;
  readonly dns: readonly Ipv4[];
  /** Handed out by DHCP. */
  readonly dynamic: Ipv4Range;
  /** Given to deployed machines. */
  readonly static: Ipv4Range;
  /** Which unknown MACs get a discovery boot: any, those that a declaration names, none. The others get nothing to run. */
  readonly discovery: (typeof discoveryPolicies)[number];
  /** Image that machines run from memory while they are discovered and commissioned: `ubuntu/24.04`. */
  readonly ephemeralImage: string;
  /** HTTP proxy through which machines reach their package archive: `http://10.78.0.254:3142`. */
  readonly packageProxy?: string;
  /** `console`: where the BMC carries one, host keys are held against it. Default: `network`. */
  readonly pin?: HostKeyPin;
}
