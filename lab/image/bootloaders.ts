import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { archive } from './archive.ts';
import { ROOT_PARTS } from './pack-root.ts';
import type { Bootloader } from './stream/documents.ts';
import { streamFile } from './stream-file.ts';

/** Where the package `ipxe` puts what a firmware can be given over TFTP or HTTP. */
const IPXE = '/usr/lib/ipxe';

/** Puts the bootloader archives into the tree: the signed chain as Ubuntu has it, and iPXE, which Ubuntu has not. */
export async function addBootloaders(tree: string, rootStage: string, serial: string): Promise<Bootloader[]> {
  const version = `${serial.split('.')[0]}.${serial.split('.')[1] ?? 0}`;
  const add = async (type: string, source: string, files: Record<string, string>, sourceVersion: string) => {
    const path = `bootloaders/${type}/amd64/${version}/${source}.tar.xz`;
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await archive(join(tree, path), files);
    return { ...(await streamFile(tree, path)), package: source, version: sourceVersion };
  };
  const rootVersion = await versions(rootStage);
  const shim = { 'bootx64.efi': join(rootStage, ROOT_PARTS.shim) };
  const grub = { 'grubx64.efi': join(rootStage, ROOT_PARTS.grub) };
  const ipxe = ['undionly.kpxe', 'ipxe.efi', 'snponly.efi'].map((name) => [name, join(IPXE, name)]);
  const ipxeVersion = await execa('dpkg-query', ['--show', '--showformat=${Version}', 'ipxe']);
  return [
    {
      os: 'grub-efi-signed',
      type: 'uefi',
      serial: version,
      items: {
        'shim-signed': await add('uefi', 'shim-signed', shim, rootVersion('shim-signed')),
        'grub2-signed': await add('uefi', 'grub2-signed', grub, rootVersion('grub-efi-amd64-signed')),
      },
    },
    {
      os: 'ipxe',
      type: 'ipxe',
      serial: version,
      items: { ipxe: await add('ipxe', 'ipxe', Object.fromEntries(ipxe), ipxeVersion.stdout) },
    },
  ];
}

/** Of the packages in the root, from its manifest. */
async function versions(rootStage: string): Promise<(name: string) => string> {
  const manifest = await readFile(join(rootStage, ROOT_PARTS.manifest), 'utf8');
  const byName = new Map(manifest.split('\n').map((line) => line.split('\t') as [string, string]));
  return (name) => byName.get(name) ?? 'unknown';
}
