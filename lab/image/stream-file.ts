import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { StreamFile } from './stream/documents.ts';

/** Path, digest and size of a file of the tree, as a product's item carries them. */
export async function streamFile(tree: string, path: string): Promise<StreamFile> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(join(tree, path)), hash);
  return { path, sha256: hash.digest('hex'), size: (await stat(join(tree, path))).size };
}
