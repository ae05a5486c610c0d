import fc from 'fast-check';
import { execa } from 'execa';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inspectRootTar } from '../../image/root-tar.ts';
import { checkSquashfs } from '../../image/squashfs.ts';
import { osRelease, type TarMember, tarOf } from '../fixtures/image-import.ts';

const limits = { entries: 100, bytes: 10_000 };
async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const inspect = (members: readonly TarMember[], pieces = 65_536) =>
  inspectRootTar(inPieces(tarOf([osRelease, ...members]), pieces), limits);
const pax = (...records: string[]): TarMember => {
  const content = records.map((record) => {
    const length = record.length + 2;
    const total = length + String(length + String(length).length).length;
    return `${total} ${record}\n`;
  });
  return { name: 'pax', type: 'x', content: Buffer.from(content.join(''), 'latin1') };
};

describe('the tar of a root', () => {
  test('of a real tar program passes in every form, cut into any pieces', async () => {
    const root = await mkdtemp(join(tmpdir(), 'rw-root-'));
    try {
      const long = join(root, 'usr/lib', 'd'.repeat(120), 'e'.repeat(120));
      await mkdir(long, { recursive: true });
      await writeFile(join(root, 'usr/lib/os-release'), 'ID=mine\n');
      await writeFile(join(long, 'ü'.repeat(60)), 'x'.repeat(1_000));
      await symlink('usr/lib', join(root, 'lib'));
      await symlink(`/usr/${'x'.repeat(200)}`, join(root, 'link'));
      for (const format of ['gnu', 'oldgnu', 'pax', 'posix']) {
        const { stdout } = await execa('tar', ['-C', root, `--format=${format}`, '-c', '.'], {
          encoding: 'buffer',
        });
        for (const pieces of [1_000_000, 512, 333]) {
          await inspectRootTar(inPieces(Buffer.from(stdout), pieces), { entries: 100, bytes: 100_000 });
        }
      }
    } finally {
      await rm(root, { recursive: true });
    }
  });

  const file = { content: Buffer.from('x') };
  test.each<[string, readonly TarMember[]]>([
    ['climbs', [{ name: '../etc/passwd', ...file }]],
    ['climbs in the middle', [{ name: 'a/../../b', ...file }]],
    ['is absolute', [{ name: '/etc/passwd', ...file }]],
    ['climbs by a pax name', [pax('path=../x'), { name: 'x', ...file }]],
    [
      'climbs by a GNU name',
      [
        { name: 'L', type: 'L', content: Buffer.from('../x\0') },
        { name: 'x', ...file },
      ],
    ],
    [
      'writes through a link',
      [
        { name: 'a', type: '2', link: '/etc' },
        { name: 'a/passwd', ...file },
      ],
    ],
    [
      'writes onto a link',
      [
        { name: 'a', type: '2', link: '/etc/passwd' },
        { name: './a', ...file },
      ],
    ],
    [
      'writes through a hard link to a link',
      [
        { name: 'a', type: '2', link: '/etc' },
        { name: 'b', type: '1', link: 'a' },
        { name: 'b/passwd', ...file },
      ],
    ],
    ['links hard to outside', [{ name: 'a', type: '1', link: '/etc/passwd' }]],
    [
      'links hard through a link',
      [
        { name: 'a', type: '2', link: '/etc' },
        { name: 'b', type: '1', link: 'a/passwd' },
      ],
    ],
    ['holds a device elsewhere', [{ name: 'home/sda', type: '4' }]],
    ['holds something unknown', [{ name: 'x', type: 'S' }]],
    ['is sparse', [pax('GNU.sparse.major=1'), { name: 'x', ...file }]],
    ['hides a size', [pax('size=1'), { name: 'x', ...file }]],
    ['declares too much', [{ name: 'x', size: 20_000 }]],
    ['holds too many', Array.from({ length: 100 }, (_, index) => ({ name: `f${index}` }))],
    ['holds a negative number', [{ name: 'x', type: '2', link: 'y', size: 10 }]],
  ])('that %s is refused', async (_, members) => {
    await expect(inspect(members)).rejects.toMatchObject({ code: 'IMAGE_REFUSED' });
  });

  test('without a system in it is refused', async () => {
    await expect(inspectRootTar(inPieces(tarOf([{ name: 'x' }]), 512), limits)).rejects.toMatchObject({
      message: expect.stringContaining('os-release'),
    });
  });

  test('that is cut anywhere or is noise is refused, never worse (law)', async () => {
    const whole = tarOf([osRelease, { name: 'x', content: Buffer.alloc(700) }]);
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: whole.length - 1_025 }), async (length) => {
        await expect(inspectRootTar(inPieces(whole.subarray(0, length), 512), limits)).rejects.toMatchObject({
          code: 'IMAGE_REFUSED',
        });
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 511 }), fc.integer({ min: 1, max: 255 }), async (at, bits) => {
        const changed = Buffer.from(whole);
        changed.writeUInt8(changed.readUInt8(at) ^ bits, at);
        await expect(inspectRootTar(inPieces(changed, 512), limits)).rejects.toMatchObject({
          code: 'IMAGE_REFUSED',
        });
      }),
    );
  });
});

describe('a squashfs', () => {
  const superblock = (): Buffer => {
    const bytes = Buffer.alloc(4_096);
    bytes.writeUInt32LE(0x73717368, 0);
    bytes.writeUInt32LE(100, 4);
    bytes.writeUInt32LE(131_072, 12);
    bytes.writeUInt16LE(6, 20);
    bytes.writeUInt16LE(17, 22);
    bytes.writeUInt16LE(4, 28);
    bytes.writeBigUInt64LE(4_000n, 40);
    return bytes;
  };

  test('with an honest superblock passes', () => checkSquashfs(superblock(), 4_096));

  test.each<[string, (bytes: Buffer) => unknown, number?]>([
    ['of version 3', (bytes) => bytes.writeUInt16LE(3, 28)],
    ['with odd blocks', (bytes) => bytes.writeUInt32LE(131_073, 12)],
    ['of an unknown compressor', (bytes) => bytes.writeUInt16LE(9, 20)],
    ['of a billion files', (bytes) => bytes.writeUInt32LE(1e9, 4)],
    ['that is cut off', (bytes) => bytes.writeBigUInt64LE(5_000n, 40)],
    ['with something behind it', () => undefined, 4_000_000],
    ['with a table outside', (bytes) => bytes.writeBigUInt64LE(4_001n, 64)],
  ])('%s is refused', (_, change, size = 4_096) => {
    const bytes = superblock();
    change(bytes);
    expect(() => checkSquashfs(bytes, size)).toThrow(expect.objectContaining({ code: 'IMAGE_REFUSED' }));
  });
});
