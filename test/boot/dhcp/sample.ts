import type { BootPolicy } from '../../../boot/dhcp/boot-file.ts';
import { SubnetLeases } from '../../../boot/dhcp/leases.ts';
import type { DhcpOptions } from '../../../boot/dhcp/options.ts';
import type { DhcpPacket } from '../../../boot/dhcp/packet.ts';
import { messageType, optionCode } from '../../../boot/dhcp/registry.ts';
import { type DhcpRequest, readRequest } from '../../../boot/dhcp/request.ts';
import { addressView, option, u8View } from '../../../boot/dhcp/views/index.ts';
import type { World } from '../../../boot/dhcp/world.ts';
import type { Subnet } from '../../../model/index.ts';
import { cidr, type Ipv4, ipv4, type Mac, macToBytes } from '../../../net/index.ts';

export const now = Date.UTC(2026, 0, 1);

export const rack: Subnet = {
  name: 'rack',
  site: 'lab',
  cidr: cidr('10.78.0.0/24'),
  serverAddress: ipv4('10.78.0.1'),
  gateway: ipv4('10.78.0.254'),
  dns: [ipv4('10.78.0.53')],
  dynamic: { first: ipv4('10.78.0.100'), last: ipv4('10.78.0.103') },
  static: { first: ipv4('10.78.0.20'), last: ipv4('10.78.0.90') },
  discovery: 'on',
  ephemeralImage: 'ubuntu/noble',
};

export const macOf = (index: number): Mac =>
  `52:54:00:78:${(index >> 8).toString(16).padStart(2, '0')}:${(index & 255).toString(16).padStart(2, '0')}` as Mac;

export const a = macOf(0x0a);
export const b = macOf(0x0b);

export const nowhere = ipv4('0.0.0.0');

export interface Sent {
  readonly mac?: Mac;
  readonly ciaddr?: string;
  readonly giaddr?: string;
  readonly requested?: string;
  readonly server?: string;
  readonly flags?: number;
  readonly options?: DhcpOptions;
}

export function packetOf(kind: keyof typeof messageType, sent: Sent = {}): DhcpPacket {
  const options = new Map([option(optionCode.messageType, u8View, messageType[kind])]);
  if (sent.requested) options.set(...option(optionCode.requestedAddress, addressView, ipv4(sent.requested)));
  if (sent.server) options.set(...option(optionCode.serverIdentifier, addressView, ipv4(sent.server)));
  for (const [code, value] of sent.options ?? []) options.set(code, value);
  const chaddr = new Uint8Array(16);
  chaddr.set(macToBytes(sent.mac ?? a));
  return {
    op: 1,
    htype: 1,
    hlen: 6,
    hops: 0,
    xid: 0x6942e288,
    secs: 0,
    flags: sent.flags ?? 0,
    ciaddr: ipv4(sent.ciaddr ?? nowhere),
    yiaddr: nowhere,
    siaddr: nowhere,
    giaddr: ipv4(sent.giaddr ?? nowhere),
    chaddr,
    sname: '',
    file: '',
    options,
  };
}

export function requestOf(
  kind: keyof typeof messageType,
  sent: Sent = {},
  via: 'unicast' | 'broadcast' = 'broadcast',
): DhcpRequest {
  const request = readRequest(packetOf(kind, sent), via);
  if (typeof request === 'string') throw new Error(request);
  return request;
}

/** A world in which `leases` is real and everything else is plain. */
export function worldOf(
  changes: {
    readonly leases?: (leases: SubnetLeases) => void;
    readonly reservation?: Ipv4;
    readonly policy?: BootPolicy;
    readonly authoritative?: boolean;
    readonly subnet?: Subnet;
  } = {},
): World & { readonly leases: SubnetLeases } {
  const subnet = changes.subnet ?? rack;
  const leases = new SubnetLeases(subnet);
  changes.leases?.(leases);
  return {
    subnet,
    leases,
    ...(changes.reservation && { reservation: changes.reservation }),
    policy: changes.policy ?? { kind: 'network' },
    httpPort: 8080,
    authoritative: changes.authoritative ?? true,
    leaseSeconds: 3600,
    now,
  };
}
