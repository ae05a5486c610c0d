import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Transform } from 'node:stream';
import { armouredSignature } from './armour.ts';
import { type Options, text } from './command.ts';
import { usageError } from './command-error.ts';
import { readKeyring } from './keyring.ts';
import { progressLine } from './pages/progress-line.ts';
import type { Session } from './session.ts';

/** What the name of a file says that it is. */
export function formatOf(file: string): { readonly format?: string; readonly compression: string } {
  const name = basename(file).toLowerCase();
  const packed = /^(.*?)\.(gz|xz|zst)$/.exec(name.replace(/\.t(gz|xz|zst)$/, '.tar.$1'));
  const compression = { gz: 'gzip', xz: 'xz', zst: 'zstd' }[packed?.[2] ?? ''] ?? 'none';
  const extension = /\.([a-z0-9]+)$/.exec(packed?.[1] ?? name)?.[1] ?? '';
  // `.img` is left out: distributions call raw disks so, and qcow2 files as well.
  const format = { qcow2: 'qcow2', raw: 'raw', squashfs: 'squashfs', sqfs: 'squashfs', tar: 'tar' }[
    extension
  ];
  return { ...(format !== undefined && { format }), compression };
}

/** Uploads a file, or names the URL that the service fetches itself. */
export async function sourceOf(session: Session, from: string, options: Options): Promise<object> {
  const sha256 = text(options, 'sha256');
  if (/^[a-z]+:\/\//i.test(from)) {
    if (sha256 === undefined) {
      throw usageError('a URL needs --sha256: what it must be is said here, not fetched from there');
    }
    return { kind: 'url', url: from, sha256 };
  }
  const found = await stat(from).catch(() => undefined);
  if (!found?.isFile()) throw usageError(`${from} is no file that can be read`);
  const path = `/v1/images/uploads${sha256 === undefined ? '' : `?sha256=${sha256}`}`;
  const content = createReadStream(from, { highWaterMark: 2 ** 20 });
  const uploaded = await session.api.upload<{ sha256: string }>(
    path,
    content.pipe(counted(session, basename(from), found.size)),
    found.size,
  );
  return { kind: 'upload', sha256: uploaded.sha256 };
}

export async function signatureOf(options: Options): Promise<object> {
  const file = text(options, 'signature');
  const keyring = text(options, 'keyring');
  if ((file === undefined) !== (keyring === undefined)) {
    throw usageError('--signature and --keyring belong together');
  }
  const isUnsigned = options['unsigned'] === true;
  if ((file === undefined) !== isUnsigned) {
    throw usageError(
      'say who signed the file, or that nobody did',
      'Signed: --signature FILE.asc --keyring keys.asc',
      'Made and trusted by yourself: --unsigned',
    );
  }
  if (file === undefined || keyring === undefined) return { unsigned: true };
  const bytes = await readFile(file).catch(() => {
    throw usageError(`--signature ${file} cannot be read`);
  });
  return { signed: { signature: armouredSignature(bytes), keyring: await readKeyring(keyring) } };
}

function counted({ around, form }: Session, path: string, totalBytes: number): Transform {
  let bytes = 0;
  let shownAt = 0;
  const started = performance.now();
  return new Transform({
    highWaterMark: 2 ** 20,
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      const now = performance.now();
      if (around.stderr.isTTY && form === 'table' && now - shownAt > 500) {
        shownAt = now;
        const bytesPerSecond = Math.round((bytes / Math.max(1, now - started)) * 1000);
        const secondsLeft = Math.ceil((totalBytes - bytes) / Math.max(1, bytesPerSecond));
        const line = progressLine({ stage: 'upload', path, bytes, totalBytes, bytesPerSecond, secondsLeft });
        around.stderr.write(`\r\x1b[K${line}`);
      }
      done(null, chunk);
    },
    flush(done) {
      if (shownAt > 0) around.stderr.write('\r\x1b[K');
      done();
    },
  });
}
