import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestListener,
  request as httpRequest,
  type ServerResponse,
} from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

export interface PackageProxyConfig {
  readonly cacheDirectory: string;
  /** The only hosts that the proxy speaks to. */
  readonly archiveHosts: readonly string[];
  /** The host's own proxy, if it has one. */
  readonly upstreamProxy?: string;
  /** Spoken to as well, at any port, and never by way of the other proxy: where a mirror of the lab listens. */
  readonly nearAddress?: string;
}

/** RFC 9110, section 7.6.1: these concern one connection and are not passed on. */
const HOP_BY_HOP = new Set(
  'connection keep-alive proxy-connection proxy-authorization proxy-authenticate te trailer transfer-encoding upgrade'.split(
    ' ',
  ),
);

/** apt itself gives up after 30 s of silence (Acquire::http::Timeout); a little later keeps its error ours. */
const UPSTREAM_SILENCE_MS = 35_000;

/** A forward proxy (RFC 9112, section 3.2.2: absolute-form) to the package archive and to nothing else. */
export async function packageProxy(config: PackageProxyConfig): Promise<RequestListener> {
  await mkdir(config.cacheDirectory, { recursive: true });
  return (request, response) => {
    const target = allowedTarget(request.method, request.url, config.archiveHosts, config.nearAddress);
    if ('refused' in target) {
      response.writeHead(target.status, { 'content-type': 'text/plain' }).end(`${target.refused}\n`);
      return;
    }
    answer(config, target.url, request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else response.writeHead(502, { 'content-type': 'text/plain' }).end(`${String(error)}\n`);
    });
  };
}

export type Target = { readonly url: URL } | { readonly status: 400 | 403 | 405; readonly refused: string };

export function allowedTarget(
  method: string | undefined,
  url: string | undefined,
  hosts: readonly string[],
  nearAddress?: string,
): Target {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, refused: 'this proxy only gets' };
  if (url === undefined || !URL.canParse(url))
    return { status: 400, refused: 'this is a proxy: send an absolute URL' };
  const parsed = new URL(url);
  if (parsed.protocol !== 'http:') return { status: 403, refused: 'this proxy speaks plain HTTP' };
  if (!hosts.includes(parsed.host) && parsed.hostname !== nearAddress)
    return { status: 403, refused: `${parsed.host} is no package archive of this host` };
  return { url: parsed };
}

/** The content under these names never changes, so a copy is as good as the archive. */
export function neverChanges(url: URL): boolean {
  return url.pathname.endsWith('.deb') || /\/by-hash\/SHA(256|512)\/[0-9a-f]+$/.test(url.pathname);
}

async function answer(
  config: PackageProxyConfig,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const isNear = url.hostname === config.nearAddress;
  const cacheable =
    !isNear && request.method === 'GET' && request.headers.range === undefined && neverChanges(url);
  const copy = join(config.cacheDirectory, createHash('sha256').update(url.href).digest('hex'));
  const size = cacheable ? await sizeOf(copy) : undefined;
  if (size !== undefined) {
    response.writeHead(200, { 'content-length': size, 'content-type': 'application/octet-stream' });
    await pipeline(createReadStream(copy), response);
    return;
  }
  const upstream = await fetchUpstream(config, url, request);
  response.writeHead(upstream.statusCode ?? 502, endToEnd(upstream.headers));
  if (cacheable && upstream.statusCode === 200) await passAndKeep(upstream, response, copy);
  else await pipeline(upstream, response);
}

/** The copy appears under its name only when it is whole; a client that leaves early leaves no copy. */
async function passAndKeep(upstream: IncomingMessage, response: ServerResponse, copy: string): Promise<void> {
  const scratch = `${copy}.${randomUUID()}`;
  const file = await open(scratch, 'wx');
  const keep = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      await file.write(chunk);
      yield chunk;
    }
  };
  try {
    await pipeline(upstream, keep, response);
    await rename(scratch, copy);
  } finally {
    await file.close();
    await rm(scratch, { force: true });
  }
}

async function fetchUpstream(
  config: PackageProxyConfig,
  url: URL,
  request: IncomingMessage,
): Promise<IncomingMessage> {
  const { upstreamProxy, nearAddress } = config;
  const via =
    upstreamProxy === undefined || url.hostname === nearAddress ? undefined : new URL(upstreamProxy);
  return new Promise((resolve, reject) => {
    const upstream = httpRequest(
      {
        host: (via ?? url).hostname,
        port: (via ?? url).port || 80,
        method: request.method,
        path: via === undefined ? `${url.pathname}${url.search}` : url.href,
        headers: { ...endToEnd(request.headers), host: url.host },
        timeout: UPSTREAM_SILENCE_MS,
      },
      resolve,
    );
    upstream.once('timeout', () => upstream.destroy(new Error(`${url.host} is silent`)));
    upstream.once('error', reject);
    upstream.end();
  });
}

function endToEnd(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}

async function sizeOf(file: string): Promise<number | undefined> {
  return stat(file).then(
    (found) => found.size,
    () => undefined,
  );
}
