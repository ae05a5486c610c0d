import { type Ipv4, type Mac, macFromBytes } from '../../net/index.ts';
import { type BootClient, bootClient } from './boot-client.ts';
import { leastMaximumSize } from './fit.ts';
import { bootRequest, type DhcpPacket } from './packet.ts';
import { messageType, optionCode } from './registry.ts';
import { addressView, given, machineIdView, u8View, u16View, view } from './views/index.ts';

/** How a datagram came: sent to our own address, to everybody, or handed over by a relay. */
export type Arrival = 'unicast' | 'broadcast' | 'relayed';

export type RequestKind = 'discover' | 'request' | 'decline' | 'release' | 'inform';

/** A client's message with the parts that decisions need, read once. */
export interface DhcpRequest {
  readonly packet: DhcpPacket;
  readonly arrival: Arrival;
  readonly kind: RequestKind;
  readonly mac: Mac;
  /** The address that it has: `ciaddr`. */
  readonly current?: Ipv4;
  /** The address that it would like: option 50. */
  readonly requested?: Ipv4;
  /** The server whose offer it takes: option 54. */
  readonly server?: Ipv4;
  readonly relay?: Ipv4;
  readonly client: BootClient;
  readonly guid?: string;
  readonly maximumSize: number;
}

/** Why a datagram was not worth a decision. Constant texts: they are counted. */
export type Unfit =
  | 'not a request'
  | 'not an Ethernet client'
  | 'not the address of one card'
  | 'no message type that clients send';

const ethernet = 1; // IANA "Hardware Types"
const kinds: Readonly<Record<number, RequestKind>> = {
  [messageType.discover]: 'discover',
  [messageType.request]: 'request',
  [messageType.decline]: 'decline',
  [messageType.release]: 'release',
  [messageType.inform]: 'inform',
};

export function readRequest(packet: DhcpPacket, via: 'unicast' | 'broadcast'): DhcpRequest | Unfit {
  if (packet.op !== bootRequest) return 'not a request';
  if (packet.htype !== ethernet || packet.hlen !== 6) return 'not an Ethernet client';
  const card = packet.chaddr.subarray(0, 6);
  // A group address (IEEE 802, lowest bit of the first byte) or all zeros names no card.
  if (((card[0] as number) & 1) === 1 || card.every((byte) => byte === 0))
    return 'not the address of one card';
  const kind = kinds[view(packet.options, optionCode.messageType, u8View) ?? 0];
  if (!kind) return 'no message type that clients send';

  const current = given(packet.ciaddr);
  const requested = given(view(packet.options, optionCode.requestedAddress, addressView));
  const server = given(view(packet.options, optionCode.serverIdentifier, addressView));
  const relay = given(packet.giaddr);
  const guid = view(packet.options, optionCode.clientMachineIdentifier, machineIdView);
  return {
    packet,
    arrival: relay ? 'relayed' : via,
    kind,
    mac: macFromBytes(card),
    ...(current && { current }),
    ...(requested && { requested }),
    ...(server && { server }),
    ...(relay && { relay }),
    client: bootClient(packet.options),
    ...(guid && { guid }),
    maximumSize: view(packet.options, optionCode.maximumMessageSize, u16View) ?? leastMaximumSize,
  };
}
