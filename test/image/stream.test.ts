import { describe, expect, test } from 'vitest';
import { parseIndex, parseProducts } from '../../image/stream.ts';
import { streamLocation, urlBelow } from '../../image/stream-url.ts';

const updated = 'Sun, 15 Nov 2026 08:01:49 +0000';
const sha256 = 'ab'.repeat(32);
const file = (ftype: string, path: string, more: object = {}) => ({ ftype, path, sha256, size: 7, ...more });
const kernel = { kpackage: 'linux-generic' };
const items = {
  'boot-kernel': file('boot-kernel', 'n/boot-kernel', kernel),
  'boot-initrd': file('boot-initrd', 'n/boot-initrd', kernel),
  squashfs: file('squashfs', 'n/squashfs'),
  manifest: file('manifest', 'n/squashfs.manifest'),
};
const noble = {
  arch: 'amd64',
  kflavor: 'generic',
  krel: 'noble',
  label: 'stable',
  os: 'ubuntu',
  release: 'noble',
  release_codename: 'Noble Numbat',
  release_title: '24.04 LTS',
  subarch: 'hwe-24.04',
  subarches: 'generic,hwe-p,ga-24.04',
  version: '24.04',
};
const document = (products: object, top: object = {}) =>
  JSON.stringify({
    content_id: 'com.ubuntu.maas:stable:v3:download',
    datatype: 'image-ids',
    format: 'products:1.0',
    updated,
    ...top,
    products,
  });
const productsOf = (products: object, top?: object) => parseProducts(document(products, top)).images;

describe('an index', () => {
  test('lists its product documents and leaves out the rest', () => {
    const index = parseIndex(
      JSON.stringify({
        format: 'index:1.0',
        updated,
        unknown: { key: 1 },
        index: {
          'com.ubuntu.maas:stable:v3:download': {
            datatype: 'image-ids',
            format: 'products:1.0',
            path: 'streams/v1/com.ubuntu.maas:stable:v3:download.sjson',
            products: [],
          },
          'com.ubuntu.maas:stable:1:bootloader-download': {
            format: 'products:1.0',
            path: 'streams/v1/com.ubuntu.maas:stable:1:bootloader-download.sjson',
          },
          news: { datatype: 'notifications', format: 'products:1.0', path: 'streams/v1/news.sjson' },
          other: { format: 'other:1.0', path: 'x' },
        },
      }),
    );
    expect(index.updated).toBe('2026-11-15T08:01:49.000Z');
    expect(index.products.map(({ contentId }) => contentId)).toEqual([
      'com.ubuntu.maas:stable:v3:download',
      'com.ubuntu.maas:stable:1:bootloader-download',
    ]);
  });

  test.each(['', '{', '[]', '{"format":"index:2.0","updated":"x","index":{}}', '{"format":"index:1.0"}'])(
    'that is %j is refused',
    (text) => {
      expect(() => parseIndex(text)).toThrow(expect.objectContaining({ code: 'STREAM_INVALID' }));
    },
  );
});

describe('products', () => {
  const expected = {
    name: 'ubuntu/24.04',
    os: 'ubuntu',
    version: '24.04',
    codename: 'noble',
    title: '24.04 LTS',
    arch: 'amd64',
    kernel: 'hwe-24.04',
    flavour: 'generic',
    serial: '20261115',
    kernelPackage: 'linux-generic',
    files: {
      'boot-kernel': { path: 'n/boot-kernel', sha256, size: 7 },
      'boot-initrd': { path: 'n/boot-initrd', sha256, size: 7 },
      squashfs: { path: 'n/squashfs', sha256, size: 7 },
    },
  };

  test('are images with the names that people use', () => {
    expect(productsOf({ p: { ...noble, versions: { 20261115: { items } } } })).toEqual([expected]);
  });

  test('read the same when they are condensed at every level, and the nearest value wins', () => {
    const { arch, os, ...product } = noble;
    const condensed = productsOf(
      {
        p: {
          ...product,
          release_title: 'wrong',
          os,
          versions: {
            20261115: {
              release_title: '24.04 LTS',
              support_eol: '2029-05-31',
              sha256,
              kpackage: 'wrong',
              items,
            },
          },
        },
      },
      { arch, os: 'wrong', label: 'stable' },
    );
    expect(condensed).toEqual([expected]);
  });

  test('give the newest whole version', () => {
    const { squashfs: _, ...halfItems } = items;
    const versions = {
      '20260707.9': { items },
      '20260707.10': { items },
      20260801: { items: halfItems },
      '../evil': { items },
    };
    expect(productsOf({ p: { ...noble, versions } })[0]?.serial).toBe('20260707.10');
  });

  test.each([
    ['another architecture', { arch: 's390x' }],
    ['an operating system with a slash', { os: 'a/b' }],
    ['no version', { version: undefined }],
    ['a kernel with a newline', { subarch: 'ga\n#!ipxe' }],
  ])('of %s are left out', (_, fields) => {
    expect(productsOf({ p: { ...noble, ...fields, versions: { 20261115: { items } } } })).toEqual([]);
  });

  test.each([
    '/etc/passwd',
    '../x',
    'a/../../x',
    'a//b',
    'http://evil/x',
    'file:///etc/passwd',
    'a\\b',
    'a?b',
    'a#b',
    '%2e%2e/x',
    'x\0',
    '',
    '.',
  ])('never lead to the path %j', (path) => {
    const bad = { ...items, squashfs: file('squashfs', path) };
    expect(productsOf({ p: { ...noble, versions: { 20261115: { items: bad } } } })).toEqual([]);
    expect(() => urlBelow('http://h/base/', path)).toThrow(
      expect.objectContaining({ code: 'STREAM_INVALID' }),
    );
  });

  test.each([
    ['a hash in upper case', { sha256: 'AB'.repeat(32) }],
    ['a hash as path', { sha256: '../x' }],
    ['a negative size', { size: -1 }],
    ['a size that is no number', { size: '7' }],
    ['a size beyond counting', { size: 2 ** 60 }],
  ])('with %s are left out', (_, fields) => {
    const bad = { ...items, squashfs: { ...items.squashfs, ...fields } };
    expect(productsOf({ p: { ...noble, versions: { 20261115: { items: bad } } } })).toEqual([]);
  });

  test('of bootloaders give their archives', () => {
    const archive = (path: string) => file('archive.tar.xz', path, { src_package: 'shim-signed' });
    const loader = { arch: 'amd64', arches: 'amd64', label: 'stable' };
    const { bootloaders, images } = parseProducts(
      document({
        signed: {
          ...loader,
          os: 'grub-efi-signed',
          'bootloader-type': 'uefi',
          versions: {
            '20231004.0': { items: { 'shim-signed': archive('b/s'), 'grub2-signed': archive('b/g') } },
            '20210819.0': { items: { 'shim-signed': archive('old') } },
          },
        },
        ipxe: {
          ...loader,
          os: 'ipxe',
          'bootloader-type': 'ipxe',
          // One item only: everything is hoisted but its size.
          versions: { '1.0': { ftype: 'archive.tar.xz', path: 'b/i', sha256, items: { ipxe: { size: 7 } } } },
        },
        power: {
          ...loader,
          arch: 'ppc64el',
          os: 'grub-ieee1275',
          'bootloader-type': 'open-firmware',
          versions: { '1.0': { items: { grub2: archive('b/p') } } },
        },
      }),
    );
    expect(images).toEqual([]);
    expect(bootloaders).toEqual([
      {
        kind: 'grub-efi-signed',
        arch: 'amd64',
        serial: '20231004.0',
        archives: [
          { path: 'b/s', sha256, size: 7 },
          { path: 'b/g', sha256, size: 7 },
        ],
      },
      { kind: 'ipxe', arch: 'amd64', serial: '1.0', archives: [{ path: 'b/i', sha256, size: 7 }] },
    ]);
  });
});

describe('the URL of a stream', () => {
  test.each([
    ['http://images.maas.io/ephemeral-v3/stable', 'http://images.maas.io/ephemeral-v3/stable/'],
    ['https://images.maas.io/ephemeral-v3/stable//', 'https://images.maas.io/ephemeral-v3/stable/'],
    ['http://h:8080', 'http://h:8080/'],
    ['http://h/x/streams/v1/index.json', 'http://h/x/'],
    ['http://h/x/streams/v1/index.sjson', 'http://h/x/'],
  ])('%s has the base %s', (url, base) => {
    expect(streamLocation(url)).toEqual({ base, indexPath: 'streams/v1/index.sjson' });
  });

  test.each([
    '',
    'images.maas.io',
    'file:///etc',
    'ftp://h/x',
    'http://user:password@h/x',
    'http://h/x?token=1',
  ])('%j is refused', (url) => {
    expect(() => streamLocation(url)).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
  });

  test('stays a prefix of paths with colons', () => {
    const path = 'streams/v1/com.ubuntu.maas:stable:v3:download.sjson';
    expect(urlBelow('http://h/x/', path).href).toBe(`http://h/x/${path}`);
  });
});
