import type { Subnet } from '../../model/index.ts';
import { contains, type Ipv4, ipv4FromNumber, ipv4ToNumber, type Mac } from '../../net/index.ts';
import { isSpoken } from './allocate.ts';
import type { Lease, LeaseView, Offer } from './world.ts';

/**
 * The addresses of one subnet. At most one lease and one offer an address, so memory is bounded by the subnet's ranges
 * however many MACs somebody invents.
 *
 * A client is its MAC. Option 61 is kept but does not count (RFC 2131 section 4.2 would have it count): one machine sends
 * none in firmware, 01+MAC in iPXE and a DUID in its operating system, and each would burn an address of its own.
 */
export class SubnetLeases implements LeaseView {
  readonly subnet: Subnet;
  readonly #leases = new Map<Ipv4, Lease>();
  readonly #leaseAddress = new Map<Mac, Ipv4>();
  readonly #offers = new Map<Ipv4, Offer>();
  readonly #offerAddress = new Map<Mac, Ipv4>();
  readonly #first: number;
  readonly #last: number;
  #next: number;
  /** Nothing is free before this time: a flood against a full pool must not cost a scan of the pool each. */
  #fullUntil = 0;

  constructor(subnet: Subnet) {
    this.subnet = subnet;
    this.#first = ipv4ToNumber(subnet.dynamic.first);
    this.#last = ipv4ToNumber(subnet.dynamic.last);
    this.#next = this.#first;
  }

  leaseOf(mac: Mac): Lease | undefined {
    const address = this.#leaseAddress.get(mac);
    return address && this.#leases.get(address);
  }

  leaseAt(address: Ipv4): Lease | undefined {
    return this.#leases.get(address);
  }

  offerOf(mac: Mac): Offer | undefined {
    const address = this.#offerAddress.get(mac);
    return address && this.#offers.get(address);
  }

  offerAt(address: Ipv4): Offer | undefined {
    return this.#offers.get(address);
  }

  all(): Lease[] {
    return [...this.#leases.values()];
  }

  offers(): Offer[] {
    return [...this.#offers.values()];
  }

  get size(): { readonly leases: number; readonly offers: number } {
    return { leases: this.#leases.size, offers: this.#offers.size };
  }

  /** Round robin: the address that rested longest comes first, so a client that was away finds its own again. */
  free(now: number): Ipv4 | undefined {
    if (now < this.#fullUntil) return undefined;
    let soonest = Number.POSITIVE_INFINITY;
    const count = this.#last - this.#first + 1;
    for (let step = 0; step < count; step += 1) {
      const value = this.#first + ((this.#next - this.#first + step) % count);
      const address = ipv4FromNumber(value);
      if (isSpoken(address, this)) continue;
      const until = Math.max(this.#leases.get(address)?.until ?? 0, this.#offers.get(address)?.until ?? 0);
      if (until <= now) {
        this.#next = value;
        return address;
      }
      soonest = Math.min(soonest, until);
    }
    this.#fullUntil = soonest;
    return undefined;
  }

  offer(offer: Offer): void {
    this.withdraw(offer.mac);
    const before = this.#offers.get(offer.address);
    if (before) this.#offerAddress.delete(before.mac);
    this.#offers.set(offer.address, offer);
    this.#offerAddress.set(offer.mac, offer.address);
    this.#passOver(offer.address);
  }

  withdraw(mac: Mac): void {
    const address = this.#offerAddress.get(mac);
    if (!address) return;
    this.#offers.delete(address);
    this.#offerAddress.delete(mac);
    this.#fullUntil = 0;
  }

  /** Keeps what is now true of an address, and returns what else became true by it: all of it is for the journal. */
  put(lease: Lease, now: number): Lease[] {
    this.withdraw(lease.mac);
    const changed: Lease[] = [lease];
    const earlier = this.leaseOf(lease.mac);
    if (lease.state === 'bound' && earlier && earlier.address !== lease.address && earlier.until > now) {
      // The client moved: what it had before is free again.
      if (earlier.state === 'bound') changed.push({ ...earlier, state: 'released', until: now });
    }
    for (const each of changed) this.#keep(each);
    if (lease.state === 'bound') this.#leaseAddress.set(lease.mac, lease.address);
    return changed;
  }

  #keep(lease: Lease): void {
    const before = this.#leases.get(lease.address);
    if (before && before.mac !== lease.mac && this.#leaseAddress.get(before.mac) === lease.address) {
      this.#leaseAddress.delete(before.mac);
    }
    // Last in, last out: a journal that is read again must meet the newest lease of a client last.
    this.#leases.delete(lease.address);
    this.#leases.set(lease.address, lease);
    if (!this.#leaseAddress.has(lease.mac)) this.#leaseAddress.set(lease.mac, lease.address);
    this.#passOver(lease.address);
    this.#fullUntil = 0;
  }

  #passOver(address: Ipv4): void {
    const value = ipv4ToNumber(address);
    if (value === this.#next) this.#next = value === this.#last ? this.#first : value + 1;
  }
}

/** The leases of all subnets that are served. */
export class Leases {
  #subnets: readonly SubnetLeases[];

  constructor(subnets: readonly Subnet[], leases: Iterable<Lease>, now: number) {
    this.#subnets = subnets.map((subnet) => new SubnetLeases(subnet));
    for (const lease of leases) this.within(lease.address)?.put(lease, now);
  }

  /**
   * Subnets come and go while we serve. Called often and mostly for nothing: what did not change keeps everything, what
   * changed keeps its leases and offers, and what is gone is forgotten.
   */
  serve(subnets: readonly Subnet[], now: number): void {
    const before = this.#subnets;
    const kept = new Map(before.map((each) => [JSON.stringify(each.subnet), each]));
    this.#subnets = subnets.map((subnet) => kept.get(JSON.stringify(subnet)) ?? new SubnetLeases(subnet));
    for (const gone of before.filter((each) => !this.#subnets.includes(each))) {
      for (const lease of gone.all()) this.within(lease.address)?.put(lease, now);
      for (const offer of gone.offers()) this.within(offer.address)?.offer(offer);
    }
  }

  within(address: Ipv4): SubnetLeases | undefined {
    return this.#subnets.find(({ subnet }) => contains(subnet.cidr, address));
  }

  /** The lease that a client has now. */
  of(mac: Mac, now: number): Lease | undefined {
    for (const subnet of this.#subnets) {
      const lease = subnet.leaseOf(mac);
      if (lease?.state === 'bound' && lease.until > now) return lease;
    }
    return undefined;
  }

  all(): Lease[] {
    return this.#subnets.flatMap((subnet) => subnet.all());
  }

  get size(): { readonly leases: number; readonly offers: number } {
    const sizes = this.#subnets.map((subnet) => subnet.size);
    return {
      leases: sizes.reduce((sum, size) => sum + size.leases, 0),
      offers: sizes.reduce((sum, size) => sum + size.offers, 0),
    };
  }

  get subnets(): readonly SubnetLeases[] {
    return this.#subnets;
  }
}
