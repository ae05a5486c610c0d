import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  bootloaderProducts,
  indexDocument,
  nextSerial,
  rfc2822,
  systemProducts,
} from '../../lab/image/stream/documents.ts';

const UPDATED = new Date('2026-11-15T08:01:49Z');
const file = (path: string) => ({ path, sha256: 'a'.repeat(64), size: 7 });
const system = systemProducts(
  {
    os: 'debian',
    release: 'bookworm',
    version: '12',
    kpackage: 'linux-image-amd64',
    serial: '20261115',
    files: {
      'boot-kernel': file('k'),
      'boot-initrd': file('i'),
      squashfs: file('s'),
      manifest: file('s.manifest'),
    },
  },
  UPDATED,
);
const bootloaders = bootloaderProducts(
  [
    {
      os: 'grub-efi-signed',
      type: 'uefi',
      serial: '20261115.0',
      items: { 'shim-signed': { ...file('shim.tar.xz'), package: 'shim-signed', version: '1' } },
    },
  ],
  'bookworm',
  UPDATED,
);

test('the system is one product with its four files', () => {
  expect(system).toMatchInlineSnapshot(`
    {
      "content_id": "com.rackwright.lab:stable:v3:download",
      "datatype": "image-ids",
      "format": "products:1.0",
      "products": {
        "com.rackwright.lab:v3:boot:12:amd64:ga-12": {
          "arch": "amd64",
          "kflavor": "generic",
          "krel": "bookworm",
          "label": "stable",
          "os": "debian",
          "release": "bookworm",
          "release_codename": "bookworm",
          "release_title": "12",
          "subarch": "ga-12",
          "subarches": "generic,ga-12",
          "version": "12",
          "versions": {
            "20261115": {
              "items": {
                "boot-initrd": {
                  "ftype": "boot-initrd",
                  "kpackage": "linux-image-amd64",
                  "path": "i",
                  "sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                  "size": 7,
                },
                "boot-kernel": {
                  "ftype": "boot-kernel",
                  "kpackage": "linux-image-amd64",
                  "path": "k",
                  "sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                  "size": 7,
                },
                "manifest": {
                  "ftype": "manifest",
                  "path": "s.manifest",
                  "sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                  "size": 7,
                },
                "squashfs": {
                  "ftype": "squashfs",
                  "path": "s",
                  "sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                  "size": 7,
                },
              },
            },
          },
        },
      },
      "updated": "Sun, 15 Nov 2026 08:01:49 +0000",
    }
  `);
});

test('a bootloader is an archive with the package that it came from', () => {
  expect(bootloaders).toMatchInlineSnapshot(`
    {
      "content_id": "com.rackwright.lab:stable:1:bootloader-download",
      "datatype": "image-ids",
      "format": "products:1.0",
      "products": {
        "com.rackwright.lab:stable:1:grub-efi-signed:uefi:amd64": {
          "arch": "amd64",
          "arches": "amd64",
          "bootloader-type": "uefi",
          "label": "stable",
          "os": "grub-efi-signed",
          "versions": {
            "20261115.0": {
              "items": {
                "shim-signed": {
                  "ftype": "archive.tar.xz",
                  "path": "shim.tar.xz",
                  "sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                  "size": 7,
                  "src_package": "shim-signed",
                  "src_release": "bookworm",
                  "src_version": "1",
                },
              },
            },
          },
        },
      },
      "updated": "Sun, 15 Nov 2026 08:01:49 +0000",
    }
  `);
});

test('the signed index points at signed files, the plain one at plain files', () => {
  const paths = (suffix: 'json' | 'sjson') =>
    Object.values(indexDocument([system, bootloaders], UPDATED, suffix).index).map(({ path }) => path);
  expect(paths('json')).toEqual([
    'streams/v1/com.rackwright.lab:stable:v3:download.json',
    'streams/v1/com.rackwright.lab:stable:1:bootloader-download.json',
  ]);
  expect(paths('sjson')).toEqual(paths('json').map((path) => path.replace(/json$/, 'sjson')));
});

test('the date is as RFC 2822 has it, with the zone in digits', () => {
  expect(rfc2822(UPDATED)).toBe('Sun, 15 Nov 2026 08:01:49 +0000');
});

test('a later build of the day has a greater serial', () => {
  expect(nextSerial(UPDATED, undefined)).toBe('20261115');
  expect(nextSerial(UPDATED, '20261114.3')).toBe('20261115');
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 8 }), (builds) => {
      let serial = nextSerial(UPDATED, undefined);
      for (let build = 0; build < builds; build++) {
        const next = nextSerial(UPDATED, serial);
        expect(next > serial).toBe(true);
        serial = next;
      }
    }),
  );
});
