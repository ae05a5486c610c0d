import { broadcastAddress, type Ipv4, ipv4, netmask } from '../../net/index.ts';
import type { BootFile } from './boot-file.ts';
import { bootReply, broadcastFlag, type DhcpPacket, fileLength } from './packet.ts';
import { messageType, optionCode } from './registry.ts';
import type { DhcpRequest } from './request.ts';
import { addressesView, addressView, option, u8View, u32View } from './views/index.ts';
import type { World } from './world.ts';

/** Where a reply goes. */
export type Destination =
  | { readonly kind: 'broadcast' }
  | { readonly kind: 'client'; readonly address: Ipv4 }
  | { readonly kind: 'relay'; readonly address: Ipv4 };

export interface Reply {
  readonly packet: DhcpPacket;
  readonly to: Destination;
  /** Option 57 of the request. */
  readonly maximumSize: number;
}

/** What the client is given, beside the address itself. */
export interface Grant {
  readonly address?: Ipv4;
  readonly seconds?: number;
  readonly boot?: BootFile | undefined;
}

const nowhere = ipv4('0.0.0.0');

/** DHCPOFFER and DHCPACK, by RFC 2131 table 3. Options stand in the order of their worth: fit.ts drops from the back. */
export function grantReply(
  request: DhcpRequest,
  world: World,
  type: typeof messageType.offer | typeof messageType.acknowledge,
  grant: Grant,
): Reply {
  const { subnet } = world;
  const options = new Map<number, Uint8Array>([
    option(optionCode.messageType, u8View, type),
    option(optionCode.serverIdentifier, addressView, subnet.serverAddress),
  ]);
  if (grant.seconds !== undefined) {
    options.set(...option(optionCode.leaseTime, u32View, grant.seconds));
    // RFC 2131 section 4.4.5: the client asks us at half of the time, and anybody at seven eighths.
    options.set(...option(optionCode.renewalTime, u32View, Math.floor(grant.seconds / 2)));
    options.set(...option(optionCode.rebindingTime, u32View, Math.floor((grant.seconds * 7) / 8)));
  }
  options.set(...option(optionCode.subnetMask, addressView, netmask(subnet.cidr)));
  if (subnet.gateway) options.set(...option(optionCode.router, addressesView, [subnet.gateway]));
  for (const [code, value] of grant.boot?.options ?? []) options.set(code, value);
  if (subnet.dns.length > 0) options.set(...option(optionCode.domainNameServer, addressesView, subnet.dns));
  options.set(...option(optionCode.broadcastAddress, addressView, broadcastAddress(subnet.cidr)));
  // PXE 2.1 table 2-3: strict ROMs want their machine identifier back.
  if (grant.boot) echo(request, options, optionCode.clientMachineIdentifier);
  return reply(request, options, {
    ciaddr: request.kind === 'discover' ? nowhere : request.packet.ciaddr,
    yiaddr: grant.address ?? nowhere,
    siaddr: grant.boot?.nextServer ?? nowhere,
    ...bootName(grant.boot, options),
  });
}

/** DHCPNAK, by RFC 2131 table 3: no address, no configuration. */
export function refuseReply(request: DhcpRequest, world: World): Reply {
  const options = new Map<number, Uint8Array>([
    option(optionCode.messageType, u8View, messageType.refuse),
    option(optionCode.serverIdentifier, addressView, world.subnet.serverAddress),
  ]);
  const refusal = reply(request, options, {});
  if (!request.relay) return { ...refusal, to: { kind: 'broadcast' } }; // RFC 2131 4.1: NAK never goes to `ciaddr`
  // RFC 2131 section 4.3.2: the client has no address that the relay could send to, so the relay has to broadcast.
  return { ...refusal, packet: { ...refusal.packet, flags: request.packet.flags | broadcastFlag } };
}

function reply(
  request: DhcpRequest,
  options: Map<number, Uint8Array>,
  fields: Partial<Pick<DhcpPacket, 'ciaddr' | 'yiaddr' | 'siaddr' | 'file'>>,
): Reply {
  echo(request, options, optionCode.clientIdentifier); // RFC 6842 section 3
  echo(request, options, optionCode.relayAgentInformation); // RFC 3046 section 2.2: last of all
  const { packet } = request;
  return {
    packet: {
      op: bootReply,
      htype: packet.htype,
      hlen: packet.hlen,
      hops: 0,
      xid: packet.xid,
      secs: 0,
      flags: packet.flags,
      ciaddr: nowhere,
      yiaddr: nowhere,
      siaddr: nowhere,
      giaddr: packet.giaddr,
      chaddr: packet.chaddr,
      sname: '',
      file: '',
      ...fields,
      options,
    },
    to: destination(request),
    maximumSize: request.maximumSize,
  };
}

/**
 * RFC 2131 section 4.1. A reply that the RFC would unicast to an address which the client does not have yet is broadcast:
 * that needs no hand-made ARP entry, and every client must take it.
 */
function destination(request: DhcpRequest): Destination {
  if (request.relay) return { kind: 'relay', address: request.relay };
  if (request.current) return { kind: 'client', address: request.current };
  return { kind: 'broadcast' };
}

/** A name that the `file` field cannot hold with its NUL goes in option 67 alone. */
function bootName(
  boot: BootFile | undefined,
  options: Map<number, Uint8Array>,
): { readonly file: string } | undefined {
  if (!boot) return undefined;
  if (boot.name.length < fileLength) return { file: boot.name };
  options.set(optionCode.bootFileName, Uint8Array.from(Buffer.from(boot.name, 'latin1')));
  return undefined;
}

function echo(request: DhcpRequest, options: Map<number, Uint8Array>, code: number): void {
  const value = request.packet.options.get(code);
  if (value) options.set(code, value);
}
