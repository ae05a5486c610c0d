import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readTar } from '../../image/tar.ts';
import { unpackTarXz } from '../../image/unpack.ts';
import { tarEnd, tarEntry, tarXz } from '../fixtures/stream.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'rw-tar-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const invalid = expect.objectContaining({ code: 'STREAM_INVALID' });
const one = Buffer.from('one');

describe('a tar', () => {
  test.each(['gnu', 'ustar', 'pax'])('of GNU tar in format %s is read', async (format) => {
    const names = ['bootx64.efi', 'grubx64.efi'];
    const contents = [Buffer.alloc(5_000, 'a'), Buffer.from('')];
    for (const [index, name] of names.entries()) await writeFile(join(home, name), contents[index] as Buffer);
    const { stdout } = await execa('tar', [`--format=${format}`, '-cf', '-', '-C', home, ...names], {
      encoding: 'buffer',
    });
    expect(readTar(stdout).map(({ name, bytes }) => [name, Buffer.from(bytes)])).toEqual(
      names.map((name, index) => [name, contents[index]]),
    );
  });

  test('may have its files below ./', () => {
    const tar = Buffer.concat([tarEntry('./', Buffer.alloc(0), '5'), tarEntry('./a.efi', one), tarEnd]);
    expect(readTar(tar).map(({ name }) => name)).toEqual(['a.efi']);
  });

  test.each<[string, Buffer]>([
    ['a symbolic link', tarEntry('a', Buffer.alloc(0), '2', '/etc/passwd')],
    ['a hard link', tarEntry('a', Buffer.alloc(0), '1', 'b')],
    ['a device', tarEntry('a', Buffer.alloc(0), '3')],
    ['a fifo', tarEntry('a', Buffer.alloc(0), '6')],
    ['a directory', tarEntry('d/', Buffer.alloc(0), '5')],
    ['a path', tarEntry('d/a', one)],
    ['a climbing path', tarEntry('../a', one)],
    ['an absolute path', tarEntry('/a', one)],
    ['a hidden name', tarEntry('.a', one)],
    ['a name with a newline', tarEntry('a\nb', one)],
    ['an empty name', tarEntry('', one)],
    ['a long name', tarEntry('././@LongLink', one, 'L')],
    ['a pax path', tarEntry('x', Buffer.from('16 path=../evil\n'), 'x')],
    ['a name twice', Buffer.concat([tarEntry('a', one), tarEntry('a', one)])],
    ['too many names', Buffer.concat(Array.from({ length: 257 }, (_, index) => tarEntry(`f${index}`, one)))],
  ])('with %s is refused', (_, entry) => {
    expect(() => readTar(Buffer.concat([entry, tarEnd]))).toThrow(invalid);
  });

  test('that is cut off anywhere is refused', () => {
    const tar = Buffer.concat([tarEntry('a', Buffer.alloc(700, 'a')), tarEntry('b', one), tarEnd]);
    // The second block of zeros may be missing: everything is there.
    const whole = tar.length - 512;
    for (let length = 0; length < whole; length += 7) {
      expect(() => readTar(tar.subarray(0, length))).toThrow(invalid);
    }
  });

  test('with any bit of a header flipped is refused', () => {
    const tar = Buffer.concat([tarEntry('a', one), tarEnd]);
    for (let offset = 0; offset < 512; offset += 1) {
      // Within the checksum itself blanks and NULs may change places; its digits may not.
      if (offset >= 154 && offset < 156) continue;
      const damaged = Buffer.from(tar);
      damaged.writeUInt8((damaged.readUInt8(offset) ^ 0x04) & 0xff, offset);
      expect(() => readTar(damaged), `offset ${offset}`).toThrow(invalid);
    }
  });
});

describe('a tar.xz', () => {
  const unpack = async (bytes: Buffer) => {
    const path = join(home, 'archive');
    await writeFile(path, bytes);
    return unpackTarXz(path, new AbortController().signal);
  };

  test('is unpacked', async () => {
    const entries = await unpack(await tarXz({ 'shimx64.efi': one }));
    expect(entries.map(({ name, bytes }) => [name, Buffer.from(bytes)])).toEqual([['shimx64.efi', one]]);
  });

  test('that grows more than two hundred times is stopped', async () => {
    const bomb = await tarXz({ 'a.efi': Buffer.alloc(16 * 2 ** 20) });
    await expect(unpack(bomb)).rejects.toMatchObject({
      code: 'STREAM_INVALID',
      message: expect.stringContaining('unpacks to more than'),
    });
  });

  test.each([
    ['is none', Buffer.from('no archive')],
    ['is empty', Buffer.alloc(0)],
  ])('that %s is refused', async (_, bytes) => {
    await expect(unpack(bytes)).rejects.toMatchObject({ code: 'STREAM_INVALID' });
  });
});
