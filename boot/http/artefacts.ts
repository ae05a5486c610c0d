import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Bootloader, ImageFileKind, SignOfLife } from '../../model/index.ts';
import type { Ipv4 } from '../../net/index.ts';
import { sendFile } from './files.ts';
import type { BootHttpOptions } from './options.ts';

type FileOptions = Pick<BootHttpOptions, 'directory' | 'pathOf'>;

/** A file of an image, by its hash. The table of what is served decides; no path is made from the request. */
export async function artefact(
  options: FileOptions,
  sha256: string,
  client: Ipv4,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!options.directory.isArtefact(sha256)) {
    response.writeHead(404, { 'content-length': 0 }).end();
    return;
  }
  if (request.method === 'GET') lightRung(options, sha256, client);
  await sendFile(request, response, options.pathOf(sha256));
}

export async function loader(
  options: FileOptions,
  bootloader: Bootloader | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!bootloader) {
    response.writeHead(404, { 'content-length': 0 }).end();
    return;
  }
  await sendFile(request, response, options.pathOf(bootloader.file.sha256));
}

/** A machine that fetches its kernel is alive: the boot record learns it. */
function lightRung({ directory }: FileOptions, sha256: string, client: Ipv4): void {
  const now = new Date();
  const boot = directory.bootAt(client, now);
  const image = boot && directory.image(boot.image, 'amd64');
  if (!boot || !image) return;
  const rungs: readonly (readonly [ImageFileKind, SignOfLife])[] = [
    ['boot-kernel', 'kernel'],
    ['boot-initrd', 'initrd'],
    ['squashfs', 'squashfs'],
  ];
  for (const [kind, sign] of rungs) if (image.files[kind].sha256 === sha256) directory.sign(boot, sign, now);
}
