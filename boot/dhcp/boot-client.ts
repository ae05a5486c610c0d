import type { DhcpOptions } from './options.ts';
import { optionCode } from './registry.ts';
import { architecturesView, textView, userClassView, view } from './views/index.ts';

/** What asks: an operating system that wants an address, or firmware that wants something to run. */
export type BootClient =
  | { readonly kind: 'system' }
  | { readonly kind: 'ipxe'; readonly arch?: number }
  | { readonly kind: 'pxe'; readonly arch: number }
  | { readonly kind: 'http'; readonly arch: number };

export function bootClient(options: DhcpOptions): BootClient {
  const vendorClass = view(options, optionCode.vendorClass, textView) ?? '';
  const arch = view(options, optionCode.clientArchitecture, architecturesView)?.[0] ?? archOf(vendorClass);
  // iPXE claims to be a PXEClient as well, so it is looked for first: this is what breaks the chain-loading loop.
  const ipxe =
    view(options, optionCode.userClass, userClassView)?.includes('iPXE') === true ||
    options.has(optionCode.ipxeEncapsulated);
  if (ipxe) return arch === undefined ? { kind: 'ipxe' } : { kind: 'ipxe', arch };
  if (arch === undefined) return { kind: 'system' };
  if (vendorClass.startsWith('PXEClient')) return { kind: 'pxe', arch };
  if (vendorClass.startsWith('HTTPClient')) return { kind: 'http', arch };
  return { kind: 'system' };
}

/** PXE 2.1 section 2.2.4: `PXEClient:Arch:xxxxx:UNDI:yyyzzz` says it again, and very old ROMs send no option 93. */
function archOf(vendorClass: string): number | undefined {
  const digits = /^(?:PXE|HTTP)Client:Arch:(\d{5})/.exec(vendorClass)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
