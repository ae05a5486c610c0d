import { CodedError } from '../model/index.ts';
import { maxRootEntries } from './squashfs.ts';

export interface RootTarLimits {
  /** docs/security.md, rule 27 says 10⁵; the tree of a desktop system alone has three times as many. */
  readonly entries: number;
  /** Bytes of all files together, as their headers declare them. */
  readonly bytes: number;
}

export const rootTarLimits = (unpackedBytes: number): RootTarLimits => ({
  entries: maxRootEntries,
  bytes: unpackedBytes,
});

const block = 512;
const maxName = 4_096;
/** Of pax headers and of GNU's long names: two paths and a few attributes. */
const maxExtended = 1024 * 1024;
const maxLinkNames = 64 * 2 ** 20;

/**
 * Reads through the tar of a root file system (POSIX.1-2017 pax, "ustar Interchange Format"; GNU's long names), and
 * refuses one that would write outside of where it is unpacked (docs/security.md, rule 27): absolute names, `..`, names
 * below a link of the archive. Links themselves belong to a system; devices only below `dev`. It is unpacked on the
 * machine, never here.
 */
export async function inspectRootTar(chunks: AsyncIterable<Buffer>, limits: RootTarLimits): Promise<void> {
  const reader = createReader(chunks);
  const links = new Set<string>();
  let linkNames = 0;
  let entries = 0;
  let bytes = 0;
  let hasSystem = false;
  let longName: string | undefined;
  let longLink: string | undefined;
  for (;;) {
    const header = await reader.take(block);
    if (header === undefined) throw refused('ends in the middle');
    if (header.every((byte) => byte === 0)) break;
    if (numeric(header, 148, 8) !== checksum(header)) throw refused('has a damaged header');
    const type = String.fromCharCode(header[156] as number);
    const size = numeric(header, 124, 12);
    bytes += size;
    if (bytes > limits.bytes) throw refused(`declares more than ${limits.bytes} bytes`);
    if ('xgLK'.includes(type)) {
      if (size > maxExtended) throw refused('has too large a header');
      const text = await contentOf(reader, size);
      if (type === 'L') longName = untilNul(text);
      else if (type === 'K') longLink = untilNul(text);
      else {
        const pax = paxRecords(text);
        if (pax.has('size') || [...pax.keys()].some((key) => key.startsWith('GNU.sparse'))) {
          throw refused('has sparse or oversized files');
        }
        if (type === 'g' && (pax.has('path') || pax.has('linkpath')))
          throw refused('names all its files alike');
        longName = pax.get('path') ?? longName;
        longLink = pax.get('linkpath') ?? longLink;
      }
      continue;
    }
    entries += 1;
    if (entries > limits.entries) throw refused(`holds more than ${limits.entries} files`);
    const name = inside(longName ?? ustarName(header), 'a file');
    const target = longLink ?? field(header, 157, 100);
    longName = undefined;
    longLink = undefined;
    const isBelowLink = ancestors(name).some((path) => links.has(path));
    if (isBelowLink || (links.has(name) && type !== '2'))
      throw refused(`writes through a link: ${shown(name)}`);
    if (type === '2' || (type === '1' && links.has(inside(target, 'a link')))) {
      linkNames += name.length;
      if (linkNames > maxLinkNames) throw refused('holds too many links');
      links.add(name);
    }
    switch (type) {
      case '0':
      case '7':
      case '\0':
      case '2':
      case '5':
      case '6':
        break;
      case '1':
        if (ancestors(inside(target, 'a link')).some((path) => links.has(path))) {
          throw refused(`links through a link: ${shown(name)}`);
        }
        break;
      case '3':
      case '4':
        if (!name.startsWith('dev/')) throw refused(`holds a device outside of dev: ${shown(name)}`);
        break;
      default:
        throw refused(`holds something of type ${shown(type)}: ${shown(name)}`);
    }
    if (type !== '0' && type !== '\0' && type !== '7' && size > 0) throw refused('has a damaged header');
    hasSystem ||= name === 'etc/os-release' || name === 'usr/lib/os-release';
    await reader.skip(Math.ceil(size / block) * block);
  }
  // What follows is padding; a decompressor is read to its end, so that its own check is made.
  await reader.skip(Number.POSITIVE_INFINITY);
  if (!hasSystem) throw refused('holds no system: there is no usr/lib/os-release in it');
}

/** The name without `./`, or a refusal: it must stay below where it is unpacked. */
function inside(name: string, what: string): string {
  if (name.length > maxName || name.includes('\0')) throw refused(`has ${what} with an impossible name`);
  if (name.startsWith('/')) throw refused(`has ${what} with an absolute name: ${shown(name)}`);
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw refused(`has ${what} with .. in its name: ${shown(name)}`);
  return parts.join('/');
}

function ancestors(name: string): readonly string[] {
  const parts = name.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

function ustarName(header: Buffer): string {
  const name = field(header, 0, 100);
  // GNU's old header has times where ustar has the prefix.
  const isUstar = header.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isUstar ? field(header, 345, 155) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function paxRecords(text: Buffer): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  for (let offset = 0; offset < text.length; ) {
    const match = /^(\d{1,7}) ([^=]{1,256})=/.exec(text.toString('latin1', offset, offset + 300));
    const length = Number(match?.[1]);
    const [head = '', , key = ''] = match ?? [];
    if (!match || length <= head.length || offset + length > text.length)
      throw refused('has a damaged header');
    records.set(key, text.toString('latin1', offset + head.length, offset + length - 1));
    offset += length;
  }
  return records;
}

async function contentOf(reader: Reader, size: number): Promise<Buffer> {
  const padded = await reader.take(Math.ceil(size / block) * block);
  if (padded === undefined) throw refused('ends in the middle');
  return padded.subarray(0, size);
}

interface Reader {
  /** Undefined when so many bytes do not come any more. */
  take(count: number): Promise<Buffer | undefined>;
  skip(count: number): Promise<void>;
}

function createReader(chunks: AsyncIterable<Buffer>): Reader {
  const source = chunks[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  const more = async (): Promise<boolean> => {
    const { done, value } = await source.next();
    if (done) return false;
    rest = rest.length === 0 ? value : Buffer.concat([rest, value]);
    return true;
  };
  return {
    async take(count) {
      while (rest.length < count) if (!(await more())) return undefined;
      const taken = rest.subarray(0, count);
      rest = rest.subarray(count);
      return taken;
    },
    async skip(count) {
      let left = count;
      while (left > rest.length) {
        left -= rest.length;
        rest = Buffer.alloc(0);
        if (await more()) continue;
        if (count === Number.POSITIVE_INFINITY) return;
        throw refused('ends in the middle');
      }
      rest = rest.subarray(left);
    },
  };
}

function numeric(header: Buffer, offset: number, length: number): number {
  const first = header[offset] as number;
  // GNU: a high bit means a big-endian number in the rest.
  if (first === 0x80) {
    const value = header.readBigUInt64BE(offset + length - 8);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw refused('has a damaged header');
    return Number(value);
  }
  const digits = field(header, offset, length).trim();
  if (digits === '') return 0;
  if (!/^[0-7]+$/.test(digits)) throw refused('has a damaged header');
  return Number.parseInt(digits, 8);
}

function field(header: Buffer, offset: number, length: number): string {
  return untilNul(header.subarray(offset, offset + length));
}

function untilNul(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('latin1', 0, end === -1 ? bytes.length : end);
}

/** The sum of the header's bytes, with the checksum itself read as blanks. */
function checksum(header: Buffer): number {
  return header.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 0x20 : byte), 0);
}

function shown(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 120);
}

function refused(what: string): CodedError {
  return new CodedError('IMAGE_REFUSED', `The archive ${what}.`, { field: 'format' });
}
