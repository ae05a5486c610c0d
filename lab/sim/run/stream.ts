import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import type { Ipv4 } from '../../../net/index.ts';
import { bootloaderProducts, type StreamFile, systemProducts } from '../../image/stream/documents.ts';
import { labSigner } from '../../image/stream/signing-key.ts';
import { writeDocuments } from '../../image/stream/write-documents.ts';
import { listTree, treeHandler } from '../../outside/tree.ts';

/** As simulated machines never unpack anything, a system of a few bytes is enough. Signed and fetched as any other. */
export interface SimStream {
  readonly url: string;
  readonly keyring: string;
  readonly image: string;
  close(): Promise<void>;
}

const serial = '20261101';

export async function serveSimStream(directory: string, address: Ipv4): Promise<SimStream> {
  const tree = join(directory, 'tree');
  const keep = async (path: string, content: string | Uint8Array): Promise<StreamFile> => {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), content);
    const sha256 = createHash('sha256').update(content).digest('hex');
    return { path, sha256, size: Buffer.byteLength(content) };
  };
  const files = {
    'boot-kernel': await keep('sim/boot-kernel', 'a simulated kernel'),
    'boot-initrd': await keep('sim/boot-initrd', 'a simulated initrd'),
    squashfs: await keep('sim/squashfs', 'a simulated root file system'),
    manifest: await keep('sim/squashfs.manifest', 'simulated 1\n'),
  };
  const loaders = await keep('sim/ipxe.tar.xz', await archive(join(directory, 'loaders')));
  const updated = new Date();
  const signer = await labSigner(directory);
  await writeDocuments(
    tree,
    [
      systemProducts(
        { os: 'debian', release: 'bookworm', version: '12', kpackage: 'linux-image-amd64', serial, files },
        updated,
      ),
      bootloaderProducts(
        [
          {
            os: 'ipxe',
            type: 'ipxe',
            serial,
            items: { ipxe: { ...loaders, package: 'ipxe', version: '1' } },
          },
        ],
        'bookworm',
        updated,
      ),
    ],
    updated,
    signer,
  );
  const keyring = join(directory, 'keyring.gpg');
  await writeFile(keyring, signer.publicKey);
  const web = createServer(treeHandler(await listTree(tree)));
  web.listen(0, address);
  await once(web, 'listening');
  const bound = web.address();
  const port = typeof bound === 'object' && bound ? bound.port : 0;
  return {
    url: `http://${address}:${port}/`,
    keyring,
    image: 'debian/12',
    async close() {
      const closed = once(web, 'close');
      web.close();
      web.closeAllConnections();
      await closed;
    },
  };
}

/** Flat names, as in the stream's archives. */
async function archive(scratch: string): Promise<Uint8Array> {
  await mkdir(scratch, { recursive: true });
  const names = ['undionly.kpxe', 'snponly.efi', 'ipxe.efi'];
  for (const name of names) await writeFile(join(scratch, name), `simulated ${name}\n`.repeat(200));
  const { stdout } = await execa('tar', ['-cJ', '-C', scratch, ...names], { encoding: 'buffer' });
  await rm(scratch, { recursive: true });
  return stdout;
}
