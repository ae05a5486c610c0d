import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { join, relative } from 'node:path';
import { normalize } from 'node:path/posix';
import { pipeline } from 'node:stream/promises';

export interface TreeEntry {
  readonly path: string;
  readonly size: number;
}

/** Every file below `directory` by its URL path. What is not in here is not served, whatever a request says. */
export async function listTree(directory: string): Promise<ReadonlyMap<string, TreeEntry>> {
  const entries = new Map<string, TreeEntry>();
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    entries.set(`/${relative(directory, path)}`, { path, size: (await stat(path)).size });
  }
  return entries;
}

export function treeHandler(entries: ReadonlyMap<string, TreeEntry>): RequestListener {
  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
      return;
    }
    const entry = entries.get(urlPath(request.url ?? ''));
    if (entry === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-length': entry.size, 'content-type': 'application/octet-stream' });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    // A client that went away is no error of ours; pipeline closes the file in either case.
    pipeline(createReadStream(entry.path, { highWaterMark: 1 << 20 }), response).catch(() =>
      response.destroy(),
    );
  };
}

/** Stream names hold colons, which some clients send as %3A; apt says `./` of archives without suites. */
export function urlPath(url: string): string {
  const [path = ''] = url.split('?');
  try {
    return normalize(decodeURIComponent(path));
  } catch {
    return path;
  }
}
