/** The only writer of iPXE scripts. Words that iPXE would expand, split or take for a comment are refused. */

export interface NetworkStart {
  readonly kernelUrl: string;
  readonly initrdUrl: string;
  readonly kernelArguments: readonly string[];
  /** Where this script came from: asked again when something could not be fetched. */
  readonly scriptUrl: string;
}

/** Boots a system into memory. A failed fetch asks for the script anew, so that a changed order is seen. */
export function networkScript(start: NetworkStart): string {
  // A kernel under UEFI finds its initrd by this name.
  const kernel = ['kernel', start.kernelUrl, 'initrd=initrd', ...start.kernelArguments].map(word).join(' ');
  return `#!ipxe
${kernel} || goto again
initrd --name initrd ${word(start.initrdUrl)} || goto again
boot || goto again
:again
echo Rackwright: something could not be fetched, asking again in 5 s
sleep 5
chain --replace --autofree ${word(start.scriptUrl)} || goto again
`;
}

/**
 * Starts from the machine's own disk. BIOS: the first disk. UEFI: Debian's iPXE knows no disks and `exit` ends in the
 * firmware's menu, so a signed GRUB is loaded that looks for the installed boot loader.
 */
export function localScript(server: string): string {
  return `#!ipxe
iseq \${platform} efi && goto efi || goto bios
:bios
sanboot --no-describe --drive 0x80 || goto failed
:efi
iseq \${buildarch} arm64 && chain tftp://${word(server)}/grubaa64.efi || chain tftp://${word(server)}/grubx64.efi || goto failed
:failed
echo Rackwright: there is nothing on the disk that can be started
exit 1
`;
}

/** Read by the GRUB that `localScript` loads: the first boot loader that is there. */
export function localGrubConfiguration(): string {
  const loaders = [
    '/EFI/ubuntu/shimx64.efi',
    '/EFI/debian/shimx64.efi',
    '/EFI/ubuntu/grubx64.efi',
    '/EFI/debian/grubx64.efi',
    '/EFI/BOOT/BOOTX64.EFI',
    '/EFI/BOOT/BOOTAA64.EFI',
  ];
  const tries = loaders.map(
    (path) => `if search --no-floppy --set=root --file ${path}; then chainloader ${path}; boot; fi`,
  );
  return `set timeout=0\n${tries.join('\n')}\necho Rackwright: there is nothing on the disk that can be started\n`;
}

function word(text: string): string {
  if (!/^[A-Za-z0-9_.,:;=/@%+?&~-]+$/.test(text))
    throw new RangeError(`not a word of an iPXE script: ${text}`);
  return text;
}
