import {
  type Ipv4,
  ipv4FromBytes,
  ipv4ToBytes,
  MalformedError,
  Reader,
  type Writer,
} from '../../net/index.ts';
import type { Codec } from './codec.ts';
import { collectPieces, type DhcpOptions, joinPieces, type OptionPieces, optionsCodec } from './options.ts';
import { optionCode } from './registry.ts';

/**
 * RFC 2131 section 2, figure 1:
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +---------------+---------------+---------------+---------------+
 *    | op            | htype         | hlen          | hops          |
 *    +---------------+---------------+---------------+---------------+
 *    | xid                                                           |
 *    +-------------------------------+-------------------------------+
 *    | secs                          | flags                         |
 *    +-------------------------------+-------------------------------+
 *    | ciaddr, yiaddr, siaddr, giaddr                     (4 x 4)    |
 *    +---------------------------------------------------------------+
 *    | chaddr                                             (16)       |
 *    | sname                                              (64)       |
 *    | file                                               (128)      |
 *    | magic cookie 63 82 53 63, options                  (variable) |
 *    +---------------------------------------------------------------+
 */
export interface DhcpPacket {
  readonly op: number;
  readonly htype: number;
  readonly hlen: number;
  readonly hops: number;
  readonly xid: number;
  readonly secs: number;
  readonly flags: number;
  /** The address that the client has and can answer ARP for. */
  readonly ciaddr: Ipv4;
  /** The address that the client is given. */
  readonly yiaddr: Ipv4;
  /** Where the next boot step comes from. */
  readonly siaddr: Ipv4;
  /** The relay between client and server. */
  readonly giaddr: Ipv4;
  /** All 16 bytes of the field; `hlen` says how many count. */
  readonly chaddr: Uint8Array;
  /** Latin-1 up to the first NUL; empty when the field carries options instead (option 52). */
  readonly sname: string;
  readonly file: string;
  readonly options: DhcpOptions;
}

export const bootRequest = 1;
export const bootReply = 2;
/** RFC 2131 section 2, figure 2: the only flag there is. */
export const broadcastFlag = 0x8000;

/** RFC 2131 section 3: 99, 130, 83, 99. */
const magicCookie = 0x6382_5363;
/** RFC 1542 section 2.1: 300 bytes; some relays and old ROMs drop anything shorter. */
const leastLength = 300;

export const snameLength = 64;
export const fileLength = 128;

export const packetCodec: Codec<DhcpPacket> = {
  decode(reader) {
    const head = {
      op: reader.u8(),
      htype: reader.u8(),
      hlen: reader.u8(),
      hops: reader.u8(),
      xid: reader.u32(),
      secs: reader.u16(),
      flags: reader.u16(),
      ciaddr: ipv4FromBytes(reader.bytes(4)),
      yiaddr: ipv4FromBytes(reader.bytes(4)),
      siaddr: ipv4FromBytes(reader.bytes(4)),
      giaddr: ipv4FromBytes(reader.bytes(4)),
      chaddr: reader.bytes(16),
    };
    const sname = reader.bytes(snameLength);
    const file = reader.bytes(fileLength);
    if (reader.u32() !== magicCookie) throw new MalformedError('no DHCP magic cookie');

    const pieces: OptionPieces = new Map();
    collectPieces(reader, pieces);
    // RFC 2132 9.3: 1 = file holds options, 2 = sname does, 3 = both. RFC 3396 section 5 fixes the order of reading.
    const overload = pieces.get(optionCode.overload)?.[0]?.[0] ?? 0;
    pieces.delete(optionCode.overload);
    if (overload & 1) collectPieces(new Reader(file), pieces);
    if (overload & 2) collectPieces(new Reader(sname), pieces);
    pieces.delete(optionCode.overload);
    return {
      ...head,
      sname: overload & 2 ? '' : textUpToNul(sname),
      file: overload & 1 ? '' : textUpToNul(file),
      options: joinPieces(pieces),
    };
  },

  encode(writer, packet) {
    const start = writer.length;
    writeHead(writer, packet, fixedText(packet.sname, snameLength), fixedText(packet.file, fileLength));
    optionsCodec.encode(writer, packet.options);
    padToLeastLength(writer, start);
  },
};

export function writeHead(writer: Writer, packet: DhcpPacket, sname: Uint8Array, file: Uint8Array): void {
  writer.u8(packet.op).u8(packet.htype).u8(packet.hlen).u8(packet.hops);
  writer.u32(packet.xid).u16(packet.secs).u16(packet.flags);
  for (const address of [packet.ciaddr, packet.yiaddr, packet.siaddr, packet.giaddr]) {
    writer.bytes(ipv4ToBytes(address));
  }
  writer.bytes(packet.chaddr).bytes(sname).bytes(file).u32(magicCookie);
}

export function padToLeastLength(writer: Writer, start = 0): void {
  writer.zeros(Math.max(0, leastLength - (writer.length - start)));
}

export function fixedText(text: string, length: number): Uint8Array {
  if (text.length > length) throw new RangeError(`${text.length} characters do not fit in ${length} bytes`);
  const field = new Uint8Array(length);
  field.set(Buffer.from(text, 'latin1'));
  return field;
}

function textUpToNul(field: Uint8Array): string {
  const nul = field.indexOf(0);
  return Buffer.from(nul < 0 ? field : field.subarray(0, nul)).toString('latin1');
}
