import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { indexDocument, type ProductsDocument } from './documents.ts';
import type { Signer } from './signing-key.ts';

/** Each document three times: X.json, X.json.gpg (detached), X.sjson (clear-signed). */
export async function writeDocuments(
  tree: string,
  documents: readonly ProductsDocument[],
  updated: Date,
  signer: Signer,
): Promise<void> {
  const directory = join(tree, 'streams/v1');
  await mkdir(directory, { recursive: true });
  const write = async (name: string, plain: object, signed: object = plain) => {
    const text = `${JSON.stringify(plain, null, 1)}\n`;
    await writeFile(join(directory, `${name}.json`), text);
    await writeFile(join(directory, `${name}.json.gpg`), await signer.detached(text));
    await writeFile(
      join(directory, `${name}.sjson`),
      await signer.clear(`${JSON.stringify(signed, null, 1)}\n`),
    );
  };
  for (const document of documents) await write(document.content_id, document);
  await write('index', indexDocument(documents, updated, 'json'), indexDocument(documents, updated, 'sjson'));
}
