import { MalformedError, type Reader, TruncatedError, type Writer } from '../../net/index.ts';
import { opcode } from './registry.ts';

/** Lower-case name to value, in the order of the wire; options that nobody here knows are kept. */
export type TftpOptions = ReadonlyMap<string, string>;

export interface TftpRequest {
  readonly kind: 'read' | 'write';
  readonly file: string;
  readonly mode: string;
  readonly options: TftpOptions;
}

export type TftpPacket =
  | TftpRequest
  | { readonly kind: 'data'; readonly block: number; readonly data: Uint8Array }
  | { readonly kind: 'ack'; readonly block: number }
  | { readonly kind: 'error'; readonly code: number; readonly message: string }
  | { readonly kind: 'oack'; readonly options: TftpOptions }
  | { readonly kind: 'unknown'; readonly opcode: number; readonly body: Uint8Array };

/** One datagram. */
export const tftpCodec = {
  decode(reader: Reader): TftpPacket {
    const code = reader.u16();
    switch (code) {
      case opcode.read:
        return decodeRequest(reader, 'read');
      case opcode.write:
        return decodeRequest(reader, 'write');
      case opcode.data:
        return { kind: 'data', block: reader.u16(), data: reader.rest() };
      case opcode.ack:
        return { kind: 'ack', block: reader.u16() };
      case opcode.error:
        return { kind: 'error', code: reader.u16(), message: decodeText(reader) };
      case opcode.oack:
        return { kind: 'oack', options: decodeOptions(reader) };
      default:
        return { kind: 'unknown', opcode: code, body: reader.rest() };
    }
  },

  encode(writer: Writer, packet: TftpPacket): void {
    switch (packet.kind) {
      case 'read':
      case 'write':
        writer.u16(opcode[packet.kind]);
        encodeText(writer, packet.file);
        encodeText(writer, packet.mode);
        return encodeOptions(writer, packet.options);
      case 'data':
        return void writer.u16(opcode.data).u16(packet.block).bytes(packet.data);
      case 'ack':
        return void writer.u16(opcode.ack).u16(packet.block);
      case 'error':
        writer.u16(opcode.error).u16(packet.code);
        return encodeText(writer, packet.message);
      case 'oack':
        writer.u16(opcode.oack);
        return encodeOptions(writer, packet.options);
      case 'unknown':
        return void writer.u16(packet.opcode).bytes(packet.body);
    }
  },
};

/**
 *     2 bytes   string   1    string   1    string   1    string   1
 *    +---------+--------+---+--------+---+---------+---+---------+---+-- -
 *    | 1 or 2  | file   | 0 | mode   | 0 | option  | 0 | value   | 0 | …        RFC 1350 figure 5-1, RFC 2347
 *    +---------+--------+---+--------+---+---------+---+---------+---+-- -
 *     2 bytes   2 bytes   n bytes
 *    +---------+---------+----------+
 *    | 3       | block   | data     |                                            RFC 1350 figure 5-2
 *    +---------+---------+----------+
 *    | 4       | block   |                                                       RFC 1350 figure 5-3
 *    +---------+---------+----------+---+
 *    | 5       | code    | message  | 0 |                                        RFC 1350 figure 5-4
 *    +---------+---------+----------+---+---------+---+-- -
 *    | 6       | option  | 0        | value       | 0 | …                        RFC 2347
 *    +---------+---------+----------+-------------+---+-- -
 */
function decodeRequest(reader: Reader, kind: 'read' | 'write'): TftpRequest {
  const file = decodeText(reader);
  // RFC 1350 section 5: any combination of upper and lower case.
  const mode = decodeText(reader).toLowerCase();
  return { kind, file, mode, options: decodeOptions(reader) };
}

function decodeOptions(reader: Reader): TftpOptions {
  const options = new Map<string, string>();
  while (reader.remaining > 0) {
    const name = decodeText(reader).toLowerCase();
    // RFC 2347: "an option may only be specified once".
    if (options.has(name)) throw new MalformedError('a TFTP option appears twice');
    options.set(name, decodeText(reader));
  }
  return options;
}

function encodeOptions(writer: Writer, options: TftpOptions): void {
  for (const [name, value] of options) {
    encodeText(writer, name);
    encodeText(writer, value);
  }
}

function decodeText(reader: Reader): string {
  const start = reader.offset;
  const bytes: number[] = [];
  while (reader.remaining > 0) {
    const byte = reader.u8();
    if (byte === 0) return Buffer.from(bytes).toString('latin1');
    bytes.push(byte);
  }
  throw new TruncatedError(start, bytes.length + 1, bytes.length);
}

/** Latin-1, so that whatever bytes a client sends survive. A NUL inside would end the string early. */
function encodeText(writer: Writer, text: string): void {
  writer.bytes(Buffer.from(text.split('\0', 1)[0] as string, 'latin1')).u8(0);
}
