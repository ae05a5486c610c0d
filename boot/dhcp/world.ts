import type { Subnet } from '../../model/index.ts';
import type { Ipv4, Mac } from '../../net/index.ts';
import type { BootPolicy } from './boot-file.ts';

/**
 * What is known of one address. `bound`: it is the client's until then. `released`: given back, rests until then.
 * `declined`: something else answered at it, nobody gets it until then. Past `until` it is a memory: the same client
 * gets the same address again while nobody else needs it.
 */
export interface Lease {
  readonly address: Ipv4;
  readonly mac: Mac;
  readonly state: 'bound' | 'released' | 'declined';
  /** Milliseconds since 1970. */
  readonly until: number;
  /** Option 61 in hexadecimal. Kept for people to look at; never used to tell clients apart (leases.ts says why). */
  readonly clientId?: string;
}

/** An address held for a client that was offered it, in memory only. */
export interface Offer {
  readonly address: Ipv4;
  readonly mac: Mac;
  readonly until: number;
}

/** What a decision may ask about the addresses of its subnet. */
export interface LeaseView {
  leaseOf(mac: Mac): Lease | undefined;
  leaseAt(address: Ipv4): Lease | undefined;
  offerOf(mac: Mac): Offer | undefined;
  offerAt(address: Ipv4): Offer | undefined;
  /** An address of the dynamic range that nobody has or was offered, least recently used first. */
  free(now: number): Ipv4 | undefined;
}

/** Everything outside the datagram that a decision rests on. */
export interface World {
  readonly subnet: Subnet;
  readonly leases: LeaseView;
  /** The address that is set aside for this MAC. It lies outside the dynamic range, or the pool may hand it out. */
  readonly reservation?: Ipv4;
  readonly policy: BootPolicy;
  readonly httpPort: number;
  /** Whether we may tell clients that they are wrong. Two servers on one segment: only one may. */
  readonly authoritative: boolean;
  readonly leaseSeconds: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}
