import { describe, expect, test } from 'vitest';
import { type Decision, decide } from '../../../boot/dhcp/decide.ts';
import type { SubnetLeases } from '../../../boot/dhcp/leases.ts';
import { optionCode } from '../../../boot/dhcp/registry.ts';
import { addressView, u8View, u32View, view } from '../../../boot/dhcp/views/index.ts';
import type { World } from '../../../boot/dhcp/world.ts';
import { ipv4 } from '../../../net/index.ts';
import { a, b, now, requestOf, type Sent, worldOf } from './sample.ts';

const first = ipv4('10.78.0.100');
const second = ipv4('10.78.0.101');
const reserved = ipv4('10.78.0.30');
const us = '10.78.0.1';
const other = '10.78.0.2';

const later = now + 1000;
const bound =
  (mac: typeof a, address = first, until = later) =>
  (leases: SubnetLeases) =>
    void leases.put({ mac, address, state: 'bound', until }, now);
const offered =
  (mac: typeof a, address = first, until = later) =>
  (leases: SubnetLeases) =>
    leases.offer({ mac, address, until });

/** `acknowledge 10.78.0.100`, `silence: asks for nothing`, … */
function outcome(decision: Decision): string {
  if (decision.kind === 'silence') return `silence: ${decision.reason}`;
  if (decision.kind === 'refuse' || decision.kind === 'withdraw') return decision.kind;
  return `${decision.kind} ${decision.address}`;
}

describe('DHCPDISCOVER (RFC 2131 4.3.1)', () => {
  test.each<[string, string, World, Sent?]>([
    ['nobody known: the first free address', 'offer 10.78.0.100', worldOf()],
    [
      'the address that is set aside, before all',
      'offer 10.78.0.30',
      worldOf({ reservation: reserved, leases: bound(a) }),
    ],
    [
      'set aside, but another has it',
      'offer 10.78.0.100',
      worldOf({ reservation: reserved, leases: bound(b, reserved) }),
    ],
    ['set aside in another network', 'offer 10.78.0.100', worldOf({ reservation: ipv4('10.79.0.30') })],
    ['what it has', 'offer 10.78.0.101', worldOf({ leases: bound(a, second) }), { requested: first }],
    ['what it had', 'offer 10.78.0.101', worldOf({ leases: bound(a, second, now - 1) })],
    ['what it was offered', 'offer 10.78.0.101', worldOf({ leases: offered(a, second) })],
    ['what it asks for', 'offer 10.78.0.102', worldOf(), { requested: '10.78.0.102' }],
    [
      'asks for what another has',
      'offer 10.78.0.100',
      worldOf({ leases: bound(b, second) }),
      { requested: second },
    ],
    [
      'asks for what another was offered',
      'offer 10.78.0.100',
      worldOf({ leases: offered(b, second) }),
      { requested: second },
    ],
    ['asks for an address of deployed machines', 'offer 10.78.0.100', worldOf(), { requested: '10.78.0.40' }],
    ['asks for ours', 'offer 10.78.0.100', worldOf(), { requested: us }],
    ['asks for another network', 'offer 10.78.0.100', worldOf(), { requested: '192.168.1.9' }],
  ])('%s', (_, expected, world, sent) => {
    expect(outcome(decide(requestOf('discover', sent), world))).toBe(expected);
  });

  test('a full pool is silence, and not the lease of somebody', () => {
    const world = worldOf({
      leases: (leases) => {
        for (const [index, last] of ['100', '101', '102', '103'].entries()) {
          bound(`52:54:00:00:00:0${index}` as typeof a, ipv4(`10.78.0.${last}`))(leases);
        }
      },
    });
    expect(outcome(decide(requestOf('discover'), world))).toBe('silence: no free address');
    expect(outcome(decide(requestOf('discover'), { ...world, reservation: reserved }))).toBe(
      `offer ${reserved}`,
    );
  });

  test('a declined address rests for everybody, then comes back', () => {
    const world = worldOf({
      leases: (l) => void l.put({ mac: a, address: first, state: 'declined', until: later }, now),
    });
    expect(outcome(decide(requestOf('discover'), world))).toBe(`offer ${second}`);
    expect(outcome(decide(requestOf('discover'), { ...world, now: later }))).toBe(`offer ${first}`);
  });

  test('a released address rests for others, and not for its client', () => {
    const world = worldOf({
      leases: (l) => void l.put({ mac: a, address: first, state: 'released', until: later }, now),
    });
    expect(outcome(decide(requestOf('discover', { mac: b }), world))).toBe(`offer ${second}`);
    expect(outcome(decide(requestOf('discover', { mac: a }), world))).toBe(`offer ${first}`);
  });
});

describe('DHCPREQUEST (RFC 2131 4.3.2)', () => {
  const selecting = { server: us, requested: first };
  test.each<[string, string, World, Sent]>([
    ['SELECTING ours, as offered', 'acknowledge 10.78.0.100', worldOf({ leases: offered(a) }), selecting],
    ['SELECTING ours, offer forgotten by a restart', 'acknowledge 10.78.0.100', worldOf(), selecting],
    ['SELECTING ours, offer ran out and another has it', 'refuse', worldOf({ leases: bound(b) }), selecting],
    ['SELECTING ours, offered to another meanwhile', 'refuse', worldOf({ leases: offered(b) }), selecting],
    [
      'SELECTING ours, but it was declined',
      'refuse',
      worldOf({
        leases: (l) => void l.put({ mac: a, address: first, state: 'declined', until: later }, now),
      }),
      selecting,
    ],
    [
      'SELECTING ours, an address outside the pool',
      'refuse',
      worldOf(),
      { server: us, requested: '10.78.0.40' },
    ],
    [
      'SELECTING ours, the address set aside',
      'acknowledge 10.78.0.30',
      worldOf({ reservation: reserved }),
      { server: us, requested: reserved },
    ],
    [
      'SELECTING another server',
      'withdraw',
      worldOf({ leases: offered(a) }),
      { server: other, requested: first },
    ],

    ['INIT-REBOOT, right', 'acknowledge 10.78.0.100', worldOf({ leases: bound(a) }), { requested: first }],
    [
      'INIT-REBOOT, right but run out, still free',
      'acknowledge 10.78.0.100',
      worldOf({ leases: bound(a, first, now - 1) }),
      { requested: first },
    ],
    ['INIT-REBOOT, wrong address', 'refuse', worldOf({ leases: bound(a, second) }), { requested: first }],
    ['INIT-REBOOT, wrong network', 'refuse', worldOf(), { requested: '192.168.1.9' }],
    [
      'INIT-REBOOT, no record: MUST remain silent',
      'silence: client is not known here',
      worldOf(),
      { requested: first },
    ],
    [
      'INIT-REBOOT, something else is set aside by now',
      'refuse',
      worldOf({ leases: bound(a), reservation: reserved }),
      { requested: first },
    ],
    [
      'INIT-REBOOT, to the address set aside',
      'acknowledge 10.78.0.30',
      worldOf({ reservation: reserved }),
      { requested: reserved },
    ],
    [
      'INIT-REBOOT, right but run out, another has it',
      'refuse',
      worldOf({
        leases: (l) => {
          bound(a, first, now - 1)(l);
          offered(b)(l);
        },
      }),
      { requested: first },
    ],

    ['no row of the table, after our offer', 'acknowledge 10.78.0.100', worldOf({ leases: offered(a) }), {}],
    ['no row of the table, out of nowhere', 'silence: asks for nothing', worldOf(), {}],
  ])('%s', (_, expected, world, sent) => {
    expect(outcome(decide(requestOf('request', sent), world))).toBe(expected);
  });

  const extending = { ciaddr: first };
  test.each<[string, string, string, World, Sent]>([
    [
      'its lease',
      'acknowledge 10.78.0.100',
      'acknowledge 10.78.0.100',
      worldOf({ leases: bound(a) }),
      extending,
    ],
    [
      'its lease, run out, nobody else’s',
      'acknowledge 10.78.0.100',
      'acknowledge 10.78.0.100',
      worldOf({ leases: bound(a, first, now - 1) }),
      extending,
    ],
    [
      'its lease in a range that was taken away',
      'acknowledge 10.78.0.9',
      'acknowledge 10.78.0.9',
      worldOf({ leases: bound(a, ipv4('10.78.0.9')) }),
      { ciaddr: '10.78.0.9' },
    ],
    [
      'its lease, though something else is set aside by now',
      'acknowledge 10.78.0.100',
      'acknowledge 10.78.0.100',
      worldOf({ leases: bound(a), reservation: reserved }),
      extending,
    ],
    ['another’s lease', 'refuse', 'refuse', worldOf({ leases: bound(b) }), extending],
    ['another was offered it', 'refuse', 'refuse', worldOf({ leases: offered(b) }), extending],
    [
      'declined',
      'refuse',
      'refuse',
      worldOf({
        leases: (l) => void l.put({ mac: a, address: first, state: 'declined', until: later }, now),
      }),
      extending,
    ],
    ['no record, free', 'acknowledge 10.78.0.100', 'silence: client is not known here', worldOf(), extending],
    [
      'no record, not for clients',
      'refuse',
      'silence: client is not known here',
      worldOf(),
      { ciaddr: '10.78.0.40' },
    ],
    [
      'of another network',
      'silence: address of another network',
      'silence: address of another network',
      worldOf(),
      { ciaddr: '192.168.1.9' },
    ],
  ])('RENEWING and REBINDING: %s', (_, renewing, rebinding, world, sent) => {
    expect(outcome(decide(requestOf('request', sent, 'unicast'), world))).toBe(renewing);
    expect(outcome(decide(requestOf('request', sent, 'broadcast'), world))).toBe(rebinding);
  });

  test('who is not authoritative never refuses', () => {
    const world = worldOf({ leases: bound(b), authoritative: false });
    for (const sent of [selecting, { requested: '192.168.1.9' }, extending]) {
      expect(outcome(decide(requestOf('request', sent), world))).toBe('silence: client is not known here');
    }
  });
});

describe('DHCPRELEASE, DHCPDECLINE, DHCPINFORM (RFC 2131 4.3.3 to 4.3.5)', () => {
  const world = worldOf({ leases: bound(a) });
  test.each<[string, string, Parameters<typeof requestOf>[0], Sent]>([
    ['gives back its own', 'release 10.78.0.100', 'release', { ciaddr: first, server: us }],
    ['gives back another’s', 'silence: not its address', 'release', { mac: b, ciaddr: first, server: us }],
    ['gives back what it never had', 'silence: not its address', 'release', { ciaddr: second, server: us }],
    [
      'gives back to another server',
      'silence: meant for another server',
      'release',
      { ciaddr: first, server: other },
    ],
    ['gives back nothing', 'silence: asks for nothing', 'release', { server: us }],
    ['declines its own', 'decline 10.78.0.100', 'decline', { requested: first, server: us }],
    ['declines another’s', 'silence: not its address', 'decline', { mac: b, requested: first, server: us }],
    ['asks for configuration', 'inform 10.78.0.40', 'inform', { ciaddr: '10.78.0.40' }],
    [
      'asks for configuration from elsewhere',
      'silence: address of another network',
      'inform',
      { ciaddr: '8.8.8.8' },
    ],
  ])('%s', (_, expected, kind, sent) => {
    expect(outcome(decide(requestOf(kind, sent), world))).toBe(expected);
  });

  test('configuration comes without an address and without times', () => {
    const decision = decide(requestOf('inform', { ciaddr: '10.78.0.40' }), world);
    if (decision.kind !== 'inform') throw new Error(decision.kind);
    const { packet, to } = decision.reply;
    expect(to).toEqual({ kind: 'client', address: '10.78.0.40' });
    expect([packet.ciaddr, packet.yiaddr]).toEqual(['10.78.0.40', '0.0.0.0']);
    expect([51, 58, 59].filter((code) => packet.options.has(code))).toEqual([]);
    expect(packet.options.has(optionCode.subnetMask)).toBe(true);
  });
});

describe('replies (RFC 2131 table 3)', () => {
  function replyTo(...[kind, sent, via]: Parameters<typeof requestOf>) {
    const decision = decide(requestOf(kind, sent, via), worldOf({ leases: bound(a) }));
    if (!('reply' in decision)) throw new Error(decision.kind);
    return decision.reply;
  }

  test('an offer says all that a client needs', () => {
    const { packet, to } = replyTo('discover');
    expect(to).toEqual({ kind: 'broadcast' });
    expect(packet).toMatchObject({
      op: 2,
      xid: 0x6942e288,
      ciaddr: '0.0.0.0',
      yiaddr: first,
      siaddr: '0.0.0.0',
      file: '',
    });
    expect(view(packet.options, optionCode.messageType, u8View)).toBe(2);
    expect(view(packet.options, optionCode.serverIdentifier, addressView)).toBe(us);
    expect(view(packet.options, optionCode.subnetMask, addressView)).toBe('255.255.255.0');
    expect(view(packet.options, optionCode.router, addressView)).toBe('10.78.0.254');
    expect(view(packet.options, optionCode.domainNameServer, addressView)).toBe('10.78.0.53');
    expect(view(packet.options, optionCode.broadcastAddress, addressView)).toBe('10.78.0.255');
    expect([51, 58, 59].map((code) => view(packet.options, code, u32View))).toEqual([3600, 1800, 3150]);
  });

  test('a renewal goes to the client, with its address', () => {
    const { packet, to } = replyTo('request', { ciaddr: first }, 'unicast');
    expect(to).toEqual({ kind: 'client', address: first });
    expect(packet).toMatchObject({ ciaddr: first, yiaddr: first });
  });

  test('what came by a relay goes back to it, with its option last', () => {
    const options = new Map([
      [82, Uint8Array.of(1, 2, 0, 7)],
      [61, Uint8Array.of(1, 2, 3)],
    ]);
    const { packet, to } = replyTo('discover', { giaddr: '10.78.0.254', options });
    expect(to).toEqual({ kind: 'relay', address: '10.78.0.254' });
    expect(packet.giaddr).toBe('10.78.0.254');
    expect([...packet.options].at(-1)).toEqual([82, Uint8Array.of(1, 2, 0, 7)]);
    expect(packet.options.get(61)).toEqual(Uint8Array.of(1, 2, 3)); // RFC 6842
  });

  test('a refusal carries nothing, is broadcast, and a relay is told to broadcast it', () => {
    const plain = replyTo('request', { mac: b, ciaddr: first }, 'unicast');
    expect(plain.to).toEqual({ kind: 'broadcast' });
    expect(plain.packet).toMatchObject({
      ciaddr: '0.0.0.0',
      yiaddr: '0.0.0.0',
      siaddr: '0.0.0.0',
      file: '',
      flags: 0,
    });
    expect([...plain.packet.options.keys()]).toEqual([53, 54]);
    const relayed = replyTo('request', { mac: b, ciaddr: first, giaddr: '10.78.0.254' });
    expect(relayed.to.kind).toBe('relay');
    expect(relayed.packet.flags).toBe(0x8000);
  });
});
