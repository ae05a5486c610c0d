import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatLease, parseLease } from '../../../boot/dhcp/lease-record.ts';
import { Leases, SubnetLeases } from '../../../boot/dhcp/leases.ts';
import type { Lease } from '../../../boot/dhcp/world.ts';
import { addressesOf, cidr, type Ipv4, ipv4 } from '../../../net/index.ts';
import { a, b, macOf, now, rack } from './sample.ts';

const pool = [...addressesOf(rack.dynamic)];
const first = pool[0] as Ipv4;
const bound = (mac: typeof a, address: Ipv4, until = now + 1000): Lease => ({
  mac,
  address,
  state: 'bound',
  until,
});

describe('free addresses', () => {
  test('go round: what rested longest comes first', () => {
    const leases = new SubnetLeases(rack);
    const given: (Ipv4 | undefined)[] = [];
    for (let index = 0; index < 5; index += 1) {
      const address = leases.free(now + index);
      given.push(address);
      if (address) leases.put(bound(macOf(index), address, now + index + 1), now + index);
    }
    expect(given).toEqual([...pool, first]);
  });

  test('none while all are held, and the soonest to end is the next', () => {
    const leases = new SubnetLeases(rack);
    for (const [index, address] of pool.entries())
      leases.offer({ mac: macOf(index), address, until: now + 100 - index });
    expect(leases.free(now)).toBeUndefined();
    expect(leases.free(now + 96)).toBeUndefined();
    expect(leases.free(now + 97)).toBe(pool[3]);
  });

  test('an offer that was withdrawn is free at once, also in a full pool', () => {
    const leases = new SubnetLeases(rack);
    for (const [index, address] of pool.entries())
      leases.offer({ mac: macOf(index), address, until: now + 100 });
    expect(leases.free(now)).toBeUndefined();
    leases.withdraw(macOf(2));
    expect(leases.free(now)).toBe(pool[2]);
  });

  test('never the server, the gateway, a name server, the network or its broadcast', () => {
    const subnet = { ...rack, dynamic: { first: ipv4('10.78.0.0'), last: ipv4('10.78.0.255') } };
    const leases = new SubnetLeases(subnet);
    const given = new Set<Ipv4>();
    for (let index = 0; ; index += 1) {
      const address = leases.free(now);
      if (!address) break;
      given.add(address);
      leases.offer({ mac: macOf(index), address, until: now + 1 });
    }
    expect(given.size).toBe(251);
    for (const taken of ['10.78.0.0', '10.78.0.1', '10.78.0.53', '10.78.0.254', '10.78.0.255']) {
      expect(given.has(ipv4(taken))).toBe(false);
    }
  });
});

describe('leases', () => {
  test('a client that moves leaves nothing behind', () => {
    const leases = new SubnetLeases(rack);
    leases.put(bound(a, first), now);
    const changed = leases.put(bound(a, ipv4('10.78.0.30')), now);
    expect(changed.map(({ address, state }) => [address, state])).toEqual([
      ['10.78.0.30', 'bound'],
      [first, 'released'],
    ]);
    expect(leases.leaseOf(a)?.address).toBe('10.78.0.30');
    expect(leases.leaseAt(first)?.until).toBe(now);
  });

  test('an address that went to another is no longer the first one’s', () => {
    const leases = new SubnetLeases(rack);
    leases.put(bound(a, first, now - 1), now - 2);
    leases.put(bound(b, first), now);
    expect(leases.leaseOf(a)).toBeUndefined();
    expect(leases.leaseOf(b)?.address).toBe(first);
  });

  test('survive a change of subnets, except those of a subnet that is gone', () => {
    const second = { ...rack, name: 'second', cidr: cidr('10.79.0.0/24'), serverAddress: ipv4('10.79.0.1') };
    const leases = new Leases([rack, second], [bound(a, first), bound(b, ipv4('10.79.0.9'))], now);
    expect(leases.all()).toHaveLength(2);
    leases.serve([{ ...rack, dns: [] }], now);
    expect(leases.all()).toEqual([bound(a, first)]);
  });

  test('keep their offers over a change of subnets, and over no change at all', () => {
    const leases = new Leases([rack], [], now);
    leases.within(first)?.offer({ mac: a, address: first, until: now + 1 });
    for (const subnet of [{ ...rack }, { ...rack, dns: [] }]) {
      leases.serve([subnet], now);
      expect(leases.within(first)?.offerOf(a)?.address).toBe(first);
      expect(leases.within(first)?.free(now)).toBe(pool[1]);
    }
  });

  test('are a client’s until they run out or are given back', () => {
    const leases = new Leases([rack], [bound(a, first)], now);
    expect(leases.of(a, now)?.address).toBe(first);
    expect(leases.of(a, now + 1000)).toBeUndefined();
    leases.within(first)?.put({ ...bound(a, first), state: 'released' }, now);
    expect(leases.of(a, now)).toBeUndefined();
  });

  /** What the journal holds is the sequence of all changes; what memory holds must follow from it alone. */
  test('come out of the journal as they went in, whatever happened', () => {
    const step = fc.record({
      mac: fc.integer({ min: 1, max: 6 }).map(macOf),
      address: fc.constantFrom(...pool, ipv4('10.78.0.30')),
      state: fc.constantFrom('bound' as const, 'released' as const, 'declined' as const),
      lasts: fc.integer({ min: -5, max: 50 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const live = new SubnetLeases(rack);
        const journal: string[] = [];
        for (const [index, { mac, address, state, lasts }] of steps.entries()) {
          const time = now + index;
          const lease = live.leaseAt(address);
          // Only what `decide` may decide: an address that another holds is not given, and only one's own is given back.
          if (
            state === 'bound' &&
            lease &&
            lease.until > time &&
            (lease.mac !== mac || lease.state === 'declined')
          )
            continue;
          if (state !== 'bound' && !(lease?.mac === mac && lease.state === 'bound')) continue;
          journal.push(...live.put({ mac, address, state, until: time + lasts }, time).map(formatLease));
        }
        const end = now + steps.length;
        const again = new SubnetLeases(rack);
        for (const line of journal) again.put(parseLease(line) as Lease, end);
        const compacted = new SubnetLeases(rack);
        for (const lease of live.all()) compacted.put(lease, end);
        for (const other of [again, compacted]) {
          for (const lease of live.all().filter((each) => each.until > end)) {
            expect(other.leaseAt(lease.address)).toEqual(lease);
            if (lease.state === 'bound') expect(other.leaseOf(lease.mac)).toEqual(live.leaseOf(lease.mac));
          }
        }
        expect(live.size.leases).toBeLessThanOrEqual(pool.length + 1);
      }),
      { numRuns: 300 },
    );
  });
});

describe('memory', () => {
  test('does not grow with the number of MACs', () => {
    const leases = new SubnetLeases(rack);
    for (let index = 0; index < 10_000; index += 1) {
      const mac = macOf(index);
      const time = now + index;
      const address = leases.free(time);
      if (address) leases.offer({ mac, address, until: time + 10 });
    }
    expect(leases.size.offers).toBeLessThanOrEqual(pool.length);
  });
});

test('a line of the journal that is no lease is seen as such', () => {
  const good = formatLease({ ...bound(a, first), clientId: '01' });
  expect(parseLease(good)).toEqual({ ...bound(a, first), clientId: '01' });
  for (const bad of [
    '',
    '{',
    'null',
    '[]',
    '{}',
    good.slice(0, -3),
    good.replace('bound', 'lent'),
    good.replace('10.78', '10.788'),
  ]) {
    expect(parseLease(bad)).toBeUndefined();
  }
});
