/** What a boot script tells the machine to do. The two forms that the service writes, read as iPXE would. */
export type Orders =
  | {
      readonly kind: 'network';
      readonly kernelUrl: string;
      readonly initrdUrl: string;
      readonly squashfsUrl: string;
      readonly seedUrl: string;
    }
  | { readonly kind: 'disk' };

/** Undefined: nothing that this machine understands; iPXE would end in its shell. */
export function readScript(script: string): Orders | undefined {
  if (!script.startsWith('#!ipxe\n')) return undefined;
  if (/^sanboot |^iseq .*chain tftp:/m.test(script)) return { kind: 'disk' };
  const kernel = /^kernel (\S+) (.*?)(?: \|\||$)/m.exec(script);
  const initrd = /^initrd (?:--name \S+ )?(\S+)/m.exec(script);
  const word = (name: string): string | undefined =>
    kernel?.[2]?.split(' ').find((argument) => argument.startsWith(name));
  const squashfs = word('root=squash:')?.slice('root=squash:'.length);
  const seed = word('ds=nocloud')?.split(';s=')[1];
  if (!kernel?.[1] || !initrd?.[1] || !squashfs || !seed) return undefined;
  return {
    kind: 'network',
    kernelUrl: kernel[1],
    initrdUrl: initrd[1],
    squashfsUrl: squashfs,
    seedUrl: seed,
  };
}
