import { type Ipv4, type Mac, macWithHyphens } from '../../net/index.ts';
import type { BootClient } from './boot-client.ts';
import { encodeBytes } from './codec.ts';
import { optionsCodec } from './options.ts';
import { architecture, ipxeOption, optionCode, pxeOption } from './registry.ts';
import { option, textView, u8View } from './views/index.ts';

/** What the owner of a MAC wants of its next boot. `local` still gets a boot file: a script that chains to the disk. */
export type BootPolicy =
  | { readonly kind: 'network' }
  | { readonly kind: 'local' }
  /** An address, but nothing to run: unknown while discovery is off, or declared and idle. */
  | { readonly kind: 'none' };

/** What a reply adds so that firmware finds its next program. */
export interface BootFile {
  readonly name: string;
  /** Where TFTP is: `siaddr` of the reply. */
  readonly nextServer?: Ipv4;
  readonly options: readonly (readonly [number, Uint8Array])[];
}

export interface BootPlace {
  readonly server: Ipv4;
  readonly httpPort: number;
}

/** First programs over TFTP. UEFI x64 calls itself 7 or 9 (registry.ts). */
const tftpLoaders: Readonly<Record<number, string>> = {
  [architecture.biosX86]: 'undionly.kpxe',
  [architecture.uefiX64]: 'snponly.efi',
  [architecture.uefiByteCode]: 'snponly.efi',
  [architecture.uefiArm64]: 'snponly-arm64.efi',
};

/** First programs over HTTP (UEFI 2.8 section 24.7). */
const httpLoaders: Readonly<Record<number, string>> = {
  [architecture.uefiX64Http]: 'snponly.efi',
  [architecture.uefiArm64Http]: 'snponly-arm64.efi',
};

/** Undefined when there is nothing that this client could run. */
export function bootFile(
  client: BootClient,
  mac: Mac,
  policy: BootPolicy,
  place: BootPlace,
): BootFile | undefined {
  if (policy.kind === 'none') return undefined;
  switch (client.kind) {
    case 'system':
      return undefined;
    case 'ipxe':
      return ipxeScript(mac, place);
    case 'pxe': {
      const name = tftpLoaders[client.arch];
      return name === undefined ? undefined : pxeLoader(name, place);
    }
    case 'http': {
      const name = httpLoaders[client.arch];
      return name === undefined ? undefined : httpLoader(name, place);
    }
  }
}

function ipxeScript(mac: Mac, place: BootPlace): BootFile {
  const name = `${origin(place)}/boot/${macWithHyphens(mac)}.ipxe`;
  // Without it iPXE waits for a proxy DHCP server: three DISCOVERs and 4 to 5 seconds instead of one round.
  const noProxy = new Map([option(ipxeOption.noProxyDhcp, u8View, 1)]);
  return {
    name,
    // iPXE goes by the URL; the GRUB that it chains finds its configuration by this field of the same reply.
    nextServer: place.server,
    options: [
      option(optionCode.bootFileName, textView, name),
      [optionCode.ipxeEncapsulated, encodeBytes(optionsCodec, noProxy)],
    ],
  };
}

function pxeLoader(name: string, place: BootPlace): BootFile {
  // PXE 2.1 table 2-1, tag 6, bit 3: take the boot file of this very reply, prompt nobody and look for no boot server.
  const noDiscovery = new Map([option(pxeOption.discoveryControl, u8View, 8)]);
  return {
    name,
    nextServer: place.server,
    options: [
      // PXE 2.1 section 2.2.3: a reply without this class is no PXE reply to a strict ROM.
      option(optionCode.vendorClass, textView, 'PXEClient'),
      [optionCode.vendorInformation, encodeBytes(optionsCodec, noDiscovery)],
      option(optionCode.tftpServerName, textView, place.server),
      option(optionCode.bootFileName, textView, name),
    ],
  };
}

function httpLoader(name: string, place: BootPlace): BootFile {
  return {
    name: `${origin(place)}/loader/${name}`,
    // UEFI 2.8 section 24.7.3.1: without it the firmware ignores the offer (OVMF: four offers, no boot).
    options: [option(optionCode.vendorClass, textView, 'HTTPClient')],
  };
}

function origin(place: BootPlace): string {
  return `http://${place.server}:${place.httpPort}`;
}
