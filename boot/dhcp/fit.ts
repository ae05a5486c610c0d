import { Writer } from '../../net/index.ts';
import { type OptionPiece, splitOptions, writePiece } from './options.ts';
import {
  type DhcpPacket,
  fileLength,
  fixedText,
  packetCodec,
  padToLeastLength,
  snameLength,
  writeHead,
} from './packet.ts';
import { optionCode } from './registry.ts';

/** RFC 2131 section 2: what every client must be able to take. RFC 2132 9.10: and the least that option 57 may say. */
export const leastMaximumSize = 576;
/** Nothing larger crosses an Ethernet in one piece, whatever option 57 says (OVMF says 65280). */
const ethernetSize = 1500;
/** Option 57 counts the IP datagram: ISC and dnsmasq read it so, and it is the safe reading. */
const ipAndUdpHeaders = 28;
const headLength = 240;

/**
 * Bytes that a client with this option 57 can take. Options go to the `file` and `sname` fields only when the options
 * field is full (option 52), and what fits nowhere is left out from the back: a reply lists what matters most first.
 */
export function encodeWithin(packet: DhcpPacket, maximumSize: number): Uint8Array {
  const size = Math.min(Math.max(maximumSize, leastMaximumSize), ethernetSize) - ipAndUdpHeaders;
  const pieces = splitOptions(packet.options);
  const needed = headLength + pieces.reduce((sum, piece) => sum + sizeOf(piece), 1);
  if (needed <= size) {
    const writer = new Writer();
    packetCodec.encode(writer, packet);
    return writer.finish();
  }

  // RFC 3046 section 2.2: the relay looks for its option at the end of the options field, so it never moves elsewhere.
  const relay = pieces.filter((piece) => piece.code === optionCode.relayAgentInformation);
  const relaySize = relay.reduce((sum, piece) => sum + sizeOf(piece), 0);
  const overloadSize = 3;
  const options = new Region(size - headLength - overloadSize - relaySize - 1);
  const file = new Region(packet.file === '' ? fileLength - 1 : 0);
  const sname = new Region(packet.sname === '' ? snameLength - 1 : 0);
  fill(
    [options, file, sname],
    pieces.filter((piece) => !relay.includes(piece)),
  );

  const overload = (file.used > 0 ? 1 : 0) | (sname.used > 0 ? 2 : 0);
  const writer = new Writer();
  writeHead(
    writer,
    packet,
    sname.used > 0 ? sname.field(snameLength) : fixedText(packet.sname, snameLength),
    file.used > 0 ? file.field(fileLength) : fixedText(packet.file, fileLength),
  );
  for (const piece of options.pieces) writePiece(writer, piece);
  if (overload > 0) writePiece(writer, { code: optionCode.overload, value: Uint8Array.of(overload) });
  for (const piece of relay) writePiece(writer, piece);
  writer.u8(optionCode.end);
  padToLeastLength(writer);
  return writer.finish();
}

/** A run of bytes that can take options, with room kept for its end option. */
class Region {
  pieces: readonly OptionPiece[] = [];
  used = 0;
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  take(piece: OptionPiece): boolean {
    if (this.used + sizeOf(piece) > this.#capacity) return false;
    this.used += sizeOf(piece);
    this.pieces = [...this.pieces, piece];
    return true;
  }

  drop(code: number): void {
    this.pieces = this.pieces.filter((piece) => piece.code !== code);
    this.used = this.pieces.reduce((sum, piece) => sum + sizeOf(piece), 0);
  }

  field(length: number): Uint8Array {
    const writer = new Writer();
    for (const piece of this.pieces) writePiece(writer, piece);
    writer.u8(optionCode.end);
    return writer.zeros(length - writer.length).finish();
  }
}

/** Pieces of one option keep their order over the regions (RFC 3396 section 5), and half an option is worth nothing. */
function fill(regions: readonly Region[], pieces: readonly OptionPiece[]): void {
  const lost = new Set<number>();
  const reached = new Map<number, number>();
  for (const piece of pieces) {
    if (lost.has(piece.code)) continue;
    const from = reached.get(piece.code) ?? 0;
    const index = regions.findIndex((region, at) => at >= from && region.take(piece));
    reached.set(piece.code, index);
    if (index >= 0) continue;
    lost.add(piece.code);
    for (const region of regions) region.drop(piece.code);
  }
}

function sizeOf(piece: OptionPiece): number {
  return 2 + piece.value.length;
}
