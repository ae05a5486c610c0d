/** Simplestreams documents in the form of Ubuntu's MAAS streams: a mirror reads both with the same code. */
export interface StreamFile {
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
}

export interface SystemFiles {
  readonly os: 'debian' | 'ubuntu';
  readonly release: string;
  readonly version: string;
  readonly kpackage: string;
  readonly serial: string;
  readonly files: Readonly<Record<'boot-kernel' | 'boot-initrd' | 'squashfs' | 'manifest', StreamFile>>;
}

export interface Bootloader {
  readonly os: 'grub-efi-signed' | 'ipxe';
  readonly type: 'uefi' | 'ipxe';
  readonly serial: string;
  /** By item: `shim-signed`, `grub2-signed`, `ipxe`; each is an archive with flat names. */
  readonly items: Readonly<
    Record<string, StreamFile & { readonly package: string; readonly version: string }>
  >;
}

const ID = 'com.rackwright.lab:stable';

export interface ProductsDocument {
  readonly content_id: string;
  readonly datatype: 'image-ids';
  readonly format: 'products:1.0';
  readonly updated: string;
  readonly products: Readonly<Record<string, object>>;
}

export function systemProducts(system: SystemFiles, updated: Date): ProductsDocument {
  const { os, release, version, serial, files } = system;
  const subarch = `ga-${version}`;
  const item = (name: keyof SystemFiles['files']) => ({ ftype: name, ...files[name] });
  const kernelItem = (name: 'boot-kernel' | 'boot-initrd') => ({ ...item(name), kpackage: system.kpackage });
  return products(`${ID}:v3:download`, updated, {
    [`com.rackwright.lab:v3:boot:${version}:amd64:${subarch}`]: {
      arch: 'amd64',
      kflavor: 'generic',
      krel: release,
      label: 'stable',
      os,
      release,
      release_codename: release,
      release_title: version,
      subarch,
      subarches: `generic,${subarch}`,
      version,
      versions: {
        [serial]: {
          items: {
            'boot-initrd': kernelItem('boot-initrd'),
            'boot-kernel': kernelItem('boot-kernel'),
            manifest: item('manifest'),
            squashfs: item('squashfs'),
          },
        },
      },
    },
  });
}

export function bootloaderProducts(
  bootloaders: readonly Bootloader[],
  release: string,
  updated: Date,
): ProductsDocument {
  const product = (loader: Bootloader) => ({
    arch: 'amd64',
    arches: 'amd64',
    'bootloader-type': loader.type,
    label: 'stable',
    os: loader.os,
    versions: {
      [loader.serial]: {
        items: Object.fromEntries(
          Object.entries(loader.items).map(([name, { package: source, version, ...file }]) => [
            name,
            {
              ftype: 'archive.tar.xz',
              ...file,
              src_package: source,
              src_release: release,
              src_version: version,
            },
          ]),
        ),
      },
    },
  });
  return products(
    `${ID}:1:bootloader-download`,
    updated,
    Object.fromEntries(
      bootloaders.map((loader) => [`${ID}:1:${loader.os}:${loader.type}:amd64`, product(loader)]),
    ),
  );
}

/** The signed twin of the index points at signed files: its paths end in .sjson, the plain one's in .json. */
export function indexDocument(
  documents: readonly ProductsDocument[],
  updated: Date,
  suffix: 'json' | 'sjson',
) {
  return {
    format: 'index:1.0',
    updated: rfc2822(updated),
    index: Object.fromEntries(
      documents.map((document) => [
        document.content_id,
        {
          datatype: document.datatype,
          format: document.format,
          updated: document.updated,
          path: `streams/v1/${document.content_id}.${suffix}`,
          products: Object.keys(document.products),
        },
      ]),
    ),
  };
}

function products(id: string, updated: Date, entries: ProductsDocument['products']): ProductsDocument {
  return {
    content_id: id,
    datatype: 'image-ids',
    format: 'products:1.0',
    updated: rfc2822(updated),
    products: entries,
  };
}

/** RFC 2822, section 3.3; streams write the zone as +0000. */
export function rfc2822(date: Date): string {
  return date.toUTCString().replace(/GMT$/, '+0000');
}

/** `YYYYMMDD`, or `YYYYMMDD.N` for a day's later builds; clients take the string-greatest. */
export function nextSerial(today: Date, previous: string | undefined): string {
  const day = today.toISOString().slice(0, 10).replaceAll('-', '');
  if (previous === undefined || !previous.startsWith(day)) return day;
  return `${day}.${Number(previous.split('.')[1] ?? 0) + 1}`;
}
