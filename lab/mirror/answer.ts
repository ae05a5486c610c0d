import { createReadStream } from 'node:fs';
import type { RequestListener, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { listTree, treeHandler, type TreeEntry, urlPath } from '../outside/tree.ts';
import type { Fault, Faults } from './faults.ts';

/** The tree is listed for each request: what was put into it a moment ago is served. */
export function mirrorHandler(
  directory: string,
  faults: Faults,
  heard: (line: string) => void,
): RequestListener {
  return (request, response) => {
    const path = urlPath(request.url ?? '');
    heard(`${request.method} ${path}`);
    const serve = async () => {
      const entries = await listTree(directory);
      const entry = entries.get(path);
      const fault = request.method === 'GET' ? faults.take(path) : undefined;
      if (fault?.kind === 'unavailable') response.writeHead(503, { 'content-type': 'text/plain' }).end();
      else if (fault && entry) await answerWrongly(response, entry, fault);
      else treeHandler(entries)(request, response);
    };
    serve().catch(() => response.destroy());
  };
}

async function answerWrongly(response: ServerResponse, { path, size }: TreeEntry, fault: Fault) {
  response.writeHead(200, { 'content-length': size, 'content-type': 'application/octet-stream' });
  const change = async function* (chunks: AsyncIterable<Buffer>) {
    let sent = 0;
    for await (const chunk of chunks) {
      if (fault.kind === 'cut' && sent + chunk.length > fault.afterBytes) {
        yield chunk.subarray(0, fault.afterBytes - sent);
        throw new Error('cut, as ordered');
      }
      if (fault.kind === 'altered' && sent === 0) chunk[0] = (chunk[0] ?? 0) ^ 1;
      if (fault.kind === 'slow') await sleep((chunk.length / fault.bytesPerSecond) * 1_000);
      sent += chunk.length;
      yield chunk;
    }
  };
  await pipeline(createReadStream(path, { highWaterMark: 4096 }), change, response);
}
