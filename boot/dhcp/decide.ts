import { contains, type Ipv4 } from '../../net/index.ts';
import { chooseAddress, heldByOther, mayHave } from './allocate.ts';
import { bootFile } from './boot-file.ts';
import { messageType } from './registry.ts';
import { type Grant, grantReply, refuseReply, type Reply } from './reply.ts';
import type { DhcpRequest } from './request.ts';
import type { World } from './world.ts';

/** What to do about one message. Whoever carries it out keeps the leases and sends the reply. */
export type Decision =
  | { readonly kind: 'offer'; readonly address: Ipv4; readonly bootFile?: string; readonly reply: Reply }
  | {
      readonly kind: 'acknowledge';
      readonly address: Ipv4;
      readonly seconds: number;
      readonly bootFile?: string;
      readonly reply: Reply;
    }
  | { readonly kind: 'refuse'; readonly reason: string; readonly address?: Ipv4; readonly reply: Reply }
  | { readonly kind: 'inform'; readonly address: Ipv4; readonly reply: Reply }
  | { readonly kind: 'release'; readonly address: Ipv4 }
  | { readonly kind: 'decline'; readonly address: Ipv4 }
  /** The client took the offer of another server. */
  | { readonly kind: 'withdraw' }
  | { readonly kind: 'silence'; readonly reason: SilentReason };

/** Why a well-formed message gets no answer. Constant texts: they are counted. */
export type SilentReason =
  | 'no free address'
  | 'client is not known here'
  | 'address of another network'
  | 'asks for nothing'
  | 'not its address'
  | 'meant for another server';

export function decide(request: DhcpRequest, world: World): Decision {
  switch (request.kind) {
    case 'discover':
      return decideDiscover(request, world);
    case 'request':
      return decideRequest(request, world);
    case 'decline':
      return decideGiveBack('decline', request, request.requested, world);
    case 'release':
      return decideGiveBack('release', request, request.current, world);
    case 'inform':
      return decideInform(request, world);
  }
}

/** RFC 2131 section 4.3.1. No ping before the offer: it costs 3 seconds a boot, and DHCPDECLINE finds the squatter too. */
function decideDiscover(request: DhcpRequest, world: World): Decision {
  const address = chooseAddress(request.mac, request.requested, world);
  if (!address) return { kind: 'silence', reason: 'no free address' };
  const { grant, name } = grantOf(request, world, address);
  return { kind: 'offer', address, ...name, reply: grantReply(request, world, messageType.offer, grant) };
}

/**
 * RFC 2131 section 4.3.2, table 4:
 *
 *                   option 54   option 50   ciaddr
 *     SELECTING     set         set         0
 *     INIT-REBOOT   -           set         0
 *     RENEWING      -           -           set      (came by unicast)
 *     REBINDING     -           -           set      (came by broadcast)
 */
function decideRequest(request: DhcpRequest, world: World): Decision {
  const { mac, server, requested, current } = request;
  if (server && server !== world.subnet.serverAddress) return { kind: 'withdraw' };
  if (current) return decideExtend(request, current, world);
  if (server && requested) return decideSelecting(request, requested, world);
  if (requested) return decideReboot(request, requested, world);
  // No row of the table: the npm package `dhcp` sends it. The one reading that helps is "what you offered me".
  const offered = world.leases.offerOf(mac)?.address;
  return offered ? decideSelecting(request, offered, world) : { kind: 'silence', reason: 'asks for nothing' };
}

/** Answered from what may be, not from the offer alone: offers are forgotten when the server restarts in between. */
function decideSelecting(request: DhcpRequest, address: Ipv4, world: World): Decision {
  return mayHave(request.mac, address, world)
    ? acknowledge(request, address, world)
    : refuse(request, world, 'the address is not free for this client');
}

function decideReboot(request: DhcpRequest, address: Ipv4, world: World): Decision {
  const { mac } = request;
  if (!contains(world.subnet.cidr, address))
    return refuse(request, world, 'the address is of another network');
  const known = world.leases.leaseOf(mac)?.address ?? world.leases.offerOf(mac)?.address ?? world.reservation;
  // "If the DHCP server has no record of this client, then it MUST remain silent": another server may know it.
  if (!known) return { kind: 'silence', reason: 'client is not known here' };
  const right = world.reservation && !heldByOther(mac, world.reservation, world) ? world.reservation : known;
  return address === right && mayHave(mac, address, world)
    ? acknowledge(request, address, world)
    : refuse(request, world, 'the address is not this client’s');
}

/** RENEWING and REBINDING: the client is at work with this address, so a wrong "no" costs more than a wrong "yes". */
function decideExtend(request: DhcpRequest, address: Ipv4, world: World): Decision {
  const { mac } = request;
  if (!contains(world.subnet.cidr, address)) return { kind: 'silence', reason: 'address of another network' };
  const lease = world.leases.leaseAt(address);
  const its = lease?.mac === mac && lease.state === 'bound';
  if (its && !heldByOther(mac, address, world)) return acknowledge(request, address, world);
  if (heldByOther(mac, address, world)) return refuse(request, world, 'the address is another client’s');
  // Nobody's here. By unicast the client means us, so our record was lost; by broadcast it may be any server's client.
  if (request.arrival !== 'unicast') return { kind: 'silence', reason: 'client is not known here' };
  return mayHave(mac, address, world)
    ? acknowledge(request, address, world)
    : refuse(request, world, 'the address is not for clients');
}

/** RFC 2131 sections 4.3.3 and 4.3.4: no reply. Only who has an address may give it up. */
function decideGiveBack(
  kind: 'release' | 'decline',
  request: DhcpRequest,
  address: Ipv4 | undefined,
  world: World,
): Decision {
  if (request.server && request.server !== world.subnet.serverAddress) {
    return { kind: 'silence', reason: 'meant for another server' };
  }
  if (!address) return { kind: 'silence', reason: 'asks for nothing' };
  const lease = world.leases.leaseAt(address);
  const its = lease?.mac === request.mac && lease.state === 'bound' && lease.until > world.now;
  return its ? { kind, address } : { kind: 'silence', reason: 'not its address' };
}

/** RFC 2131 section 4.3.5: configuration to `ciaddr`, without an address and without times. */
function decideInform(request: DhcpRequest, world: World): Decision {
  const address = request.current;
  if (!address) return { kind: 'silence', reason: 'asks for nothing' };
  if (!contains(world.subnet.cidr, address)) return { kind: 'silence', reason: 'address of another network' };
  const { boot } = grantOf(request, world, address).grant;
  return { kind: 'inform', address, reply: grantReply(request, world, messageType.acknowledge, { boot }) };
}

function acknowledge(request: DhcpRequest, address: Ipv4, world: World): Decision {
  const { grant, name } = grantOf(request, world, address);
  const reply = grantReply(request, world, messageType.acknowledge, grant);
  return { kind: 'acknowledge', address, seconds: world.leaseSeconds, ...name, reply };
}

function refuse(request: DhcpRequest, world: World, reason: string): Decision {
  if (!world.authoritative) return { kind: 'silence', reason: 'client is not known here' };
  const address = request.current ?? request.requested;
  return { kind: 'refuse', reason, ...(address && { address }), reply: refuseReply(request, world) };
}

function grantOf(
  request: DhcpRequest,
  world: World,
  address: Ipv4,
): { grant: Grant; name: { bootFile?: string } } {
  const place = { server: world.subnet.serverAddress, httpPort: world.httpPort };
  const boot = bootFile(request.client, request.mac, world.policy, place);
  return { grant: { address, seconds: world.leaseSeconds, boot }, name: boot ? { bootFile: boot.name } : {} };
}
