import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Text or bytes by path; with `mode` where it is not 0644. */
export type FileTree = Readonly<Record<string, FileContent | FileWithMode>>;
type FileContent = string | Uint8Array;
export interface FileWithMode {
  readonly content: FileContent;
  readonly mode: number;
}

export async function writeTree(directory: string, files: FileTree): Promise<void> {
  for (const [path, file] of Object.entries(files)) {
    const { content, mode } =
      typeof file === 'string' || file instanceof Uint8Array ? { content: file, mode: 0o644 } : file;
    const place = join(directory, path);
    await mkdir(dirname(place), { recursive: true });
    // The mode of a file that is there would stay.
    await rm(place, { force: true });
    await writeFile(place, content, { mode });
  }
}

/** Puts one file where `https://HOST/PATH` is looked for. Its SHA-256, in hexadecimal. */
export async function mirrorFile(
  mirror: { readonly directory: string },
  url: string,
  content: FileContent,
): Promise<string> {
  await writeTree(mirror.directory, { [placeOf(url)]: content });
  return createHash('sha256').update(content).digest('hex');
}

/** Path below the mirror. */
export function placeOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}
