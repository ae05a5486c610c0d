import { createHash } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CodedError, type ImageFile } from '../model/index.ts';
import { assertSpace, orDiskFull } from './space.ts';

/** A file that somebody sends, piece by piece. */
export interface Upload {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Bytes, as announced: neither more nor less is taken. */
  readonly size: number;
  /** When the sender knows it. */
  readonly sha256?: string;
}

/** @throws CodedError REQUEST_INVALID, IMAGE_HASH_MISMATCH, DISK_FULL; nothing of the upload is left then. */
export async function receiveUpload(
  { partial, uploadPath }: { readonly partial: string; readonly uploadPath: (sha256: string) => string },
  { chunks, size, sha256: expected }: Upload,
): Promise<ImageFile> {
  const draft = join(partial, `upload.${process.pid}.${crypto.randomUUID()}`);
  return orDiskFull(async () => {
    await assertSpace(dirname(draft), size);
    try {
      const hash = createHash('sha256');
      let received = 0;
      const handle = await open(draft, 'wx', 0o600);
      try {
        for await (const chunk of chunks) {
          received += chunk.length;
          if (received > size)
            throw new CodedError('REQUEST_INVALID', `More than the announced ${size} bytes came.`);
          hash.update(chunk);
          await handle.appendFile(chunk);
        }
        if (received < size) {
          throw new CodedError('REQUEST_INVALID', `Only ${received} of the announced ${size} bytes came.`);
        }
        await handle.sync();
      } finally {
        await handle.close();
      }
      const sha256 = hash.digest('hex');
      if (expected !== undefined && expected !== sha256) {
        throw new CodedError('IMAGE_HASH_MISMATCH', `What came has SHA-256 ${sha256}, not ${expected}.`, {
          field: 'sha256',
        });
      }
      await rename(draft, uploadPath(sha256));
      return { sha256, size: (await stat(uploadPath(sha256))).size };
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  });
}
