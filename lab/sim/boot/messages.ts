import { encodeBytes } from '../../../boot/dhcp/codec.ts';
import { type DhcpOptions, optionsCodec } from '../../../boot/dhcp/options.ts';
import { bootRequest, broadcastFlag, type DhcpPacket } from '../../../boot/dhcp/packet.ts';
import { architecture, messageType, optionCode } from '../../../boot/dhcp/registry.ts';
import {
  addressView,
  architecturesView,
  machineIdView,
  option,
  textView,
  u8View,
  u16View,
} from '../../../boot/dhcp/views/index.ts';
import { type Ipv4, ipv4, type Mac, macToBytes } from '../../../net/index.ts';
import type { Hardware } from '../hardware.ts';

/** Who speaks DHCP: the card's plain PXE ROM, UEFI HTTP Boot, or iPXE. */
export type Speaker = 'pxe' | 'http' | 'ipxe';

/** The exchange that a message belongs to. */
export interface Ask {
  readonly hardware: Hardware;
  readonly mac: Mac;
  readonly speaker: Speaker;
  readonly xid: number;
  readonly relay: Ipv4;
}

const nowhere = ipv4('0.0.0.0');

export function discover(ask: Ask): DhcpPacket {
  return packet(ask, [option(optionCode.messageType, u8View, messageType.discover)]);
}

/** SELECTING: RFC 2131 section 4.3.2. */
export function request(ask: Ask, offered: { readonly address: Ipv4; readonly server: Ipv4 }): DhcpPacket {
  return packet(ask, [
    option(optionCode.messageType, u8View, messageType.request),
    option(optionCode.requestedAddress, addressView, offered.address),
    option(optionCode.serverIdentifier, addressView, offered.server),
  ]);
}

function packet(
  { hardware, mac, speaker, xid, relay }: Ask,
  first: readonly (readonly [number, Uint8Array])[],
): DhcpPacket {
  const chaddr = new Uint8Array(16);
  chaddr.set(macToBytes(mac));
  const options = new Map<number, Uint8Array>([...first, ...optionsOf(hardware, mac, speaker)]);
  // RFC 3046 section 2.1: the relay adds its option last. Sub-option 1 (circuit id): the port of the switch.
  const port = Buffer.from(`sw1/${hardware.name}`);
  options.set(optionCode.relayAgentInformation, Uint8Array.of(1, port.length, ...port));
  return {
    op: bootRequest,
    htype: 1,
    hlen: 6,
    hops: 1,
    xid,
    secs: 0,
    // UEFI firmware asks for a broadcast answer, SeaBIOS and iPXE do not.
    flags: speaker !== 'ipxe' && hardware.firmware === 'uefi' ? broadcastFlag : 0,
    ciaddr: nowhere,
    yiaddr: nowhere,
    siaddr: nowhere,
    giaddr: relay,
    chaddr,
    sname: '',
    file: '',
    options,
  };
}

/** As firmware was seen to send them, in the order of the wire. */
function optionsOf(hardware: Hardware, mac: Mac, speaker: Speaker): (readonly [number, Uint8Array])[] {
  const arch = archOf(hardware, speaker);
  const vendor = speaker === 'http' ? 'HTTPClient' : 'PXEClient';
  const version = speaker === 'ipxe' && hardware.firmware === 'bios' ? '002001' : '003000';
  const common = [
    option(optionCode.maximumMessageSize, u16View, 1472),
    option(optionCode.clientArchitecture, architecturesView, [arch]),
    [optionCode.clientNetworkInterface, Uint8Array.of(1, 3, version === '002001' ? 1 : 0)] as const,
    option(
      optionCode.vendorClass,
      textView,
      `${vendor}:Arch:${String(arch).padStart(5, '0')}:UNDI:${version}`,
    ),
    option(optionCode.clientMachineIdentifier, machineIdView, hardware.uuid),
    [optionCode.parameterList, parameterList] as const,
  ];
  if (speaker !== 'ipxe') return common;
  return [
    ...common,
    // iPXE sends the bare four letters, older than RFC 3004.
    option(optionCode.userClass, textView, 'iPXE'),
    [optionCode.clientIdentifier, Uint8Array.of(1, ...macToBytes(mac))],
    [optionCode.ipxeEncapsulated, encodeBytes(optionsCodec, ipxeFeatures)],
  ];
}

function archOf(hardware: Hardware, speaker: Speaker): number {
  if (hardware.firmware === 'bios') return architecture.biosX86;
  return speaker === 'http' ? architecture.uefiX64Http : architecture.uefiX64;
}

const parameterList = Uint8Array.of(
  ...[1, 3, 6, 7, 12, 15, 17, 26, 43, 60, 66, 67, 119],
  ...[128, 129, 130, 131, 132, 133, 134, 135, 175, 203],
);

/** HTTP (19), DNS (23), TFTP (34), bzImage (24) and so on: iPXE's src/include/ipxe/features.h. */
const ipxeFeatures: DhcpOptions = new Map(
  [19, 23, 33, 34, 17, 21, 24, 25, 39].map((feature) => [feature, Uint8Array.of(1)] as const),
);
