import { open } from 'node:fs/promises';
import type { BootDirectory } from '../../boot/index.ts';
import { type TftpFile, type TftpLookup, tableLookup } from '../../boot/tftp/index.ts';

/** What firmware and GRUB may fetch by TFTP: the boot loaders by their names, and GRUB's one configuration. */
export function bootFiles(
  directory: BootDirectory,
  pathOf: (sha256: string) => string,
  grubConfiguration: string,
): TftpLookup {
  const configuration = new TextEncoder().encode(grubConfiguration);
  // GRUB started from `/grubx64.efi` looks below its prefix, with and without a leading slash.
  const fixed = tableLookup(
    new Map([
      ['grub/grub.cfg', configuration],
      ['/grub/grub.cfg', configuration],
    ]),
  );
  return async (name, client) => {
    const bootloader = directory.bootloader(name.replace(/^\//, ''));
    if (!bootloader) return fixed(name, client);
    return {
      size: bootloader.file.size,
      read: (offset, length) => readPart(pathOf(bootloader.file.sha256), offset, length),
    };
  };
}

async function readPart(path: string, offset: number, length: number): ReturnType<TftpFile['read']> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
