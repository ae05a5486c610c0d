import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { codeOf, errorTable } from '../../model/index.ts';
import { type Ipv4, type Mac, parseIpv4, parseMac } from '../../net/index.ts';
import { artefact, loader } from './artefacts.ts';
import { parseHello } from './hello.ts';
import type { BootHttpOptions } from './options.ts';
import { bootScript } from './script.ts';
import { seedDocument } from './seed-route.ts';
import { type SeedDocument, seedDocuments } from './seed.ts';

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly client: Ipv4;
  readonly parameters: Readonly<Record<string, string>>;
}

interface Route {
  readonly pattern: string;
  readonly methods: readonly string[];
  readonly expression: RegExp;
  readonly answer: (exchange: Exchange) => Promise<void>;
}

const HELLO_LIMIT = 64 * 1024;

/** Every URL of the boot listener. The API is on another listener; nothing of it can be reached from here. */
function routes(options: BootHttpOptions): readonly Route[] {
  const { directory } = options;
  return [
    {
      pattern: '/boot/{mac}.ipxe',
      methods: ['GET', 'HEAD'],
      expression: /^\/boot\/(?<mac>[0-9a-f]{2}(?:-[0-9a-f]{2}){5})\.ipxe$/,
      answer: async ({ response, client, parameters }) =>
        sendText(response, bootScript(options, parseMac(parameters.mac ?? '') as Mac, client)),
    },
    {
      pattern: '/loader/{name}',
      methods: ['GET', 'HEAD'],
      expression: /^\/loader\/(?<name>[a-z0-9.-]{1,64})$/,
      answer: ({ request, response, parameters }) =>
        loader(options, directory.bootloader(parameters.name ?? ''), request, response),
    },
    {
      pattern: '/artefacts/{sha256}',
      methods: ['GET', 'HEAD'],
      expression: /^\/artefacts\/(?<sha256>[0-9a-f]{64})$/,
      answer: ({ request, response, client, parameters }) =>
        artefact(options, parameters.sha256 ?? '', client, request, response),
    },
    {
      pattern: '/seed/{boot}/{document}',
      methods: ['GET', 'HEAD'],
      // cloud-init puts a second slash where the seed URL ends with one.
      expression: new RegExp(`^/seed/(?<boot>[0-9a-f-]{36})/{1,2}(?<document>${seedDocuments.join('|')})$`),
      answer: async ({ response, client, parameters }) =>
        sendText(
          response,
          await seedDocument(options, parameters.boot ?? '', parameters.document as SeedDocument, client),
        ),
    },
    {
      pattern: '/hello',
      methods: ['POST'],
      expression: /^\/hello$/,
      answer: async ({ request, response, client }) => {
        await options.onHello(parseHello(await readBody(request, HELLO_LIMIT)), client);
        response.writeHead(204).end();
      },
    },
  ];
}

/** The patterns that this listener answers, for the test that holds them against a golden list. */
export function bootRoutePatterns(options: BootHttpOptions): readonly string[] {
  return routes(options).flatMap(({ methods, pattern }) => methods.map((method) => `${method} ${pattern}`));
}

export async function serveBootHttp(
  options: BootHttpOptions,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const table = routes(options);
  const server = createServer((request, response) => {
    answer(table, options, request, response).catch(() => response.destroy());
  });
  // Slow links fetch half a gigabyte; only the headers have to be quick.
  server.requestTimeout = 0;
  server.headersTimeout = 10_000;
  server.maxHeadersCount = 64;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.address, resolve);
  });
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound ? bound.port : options.port,
    close: () => close(server),
  };
}

async function answer(
  table: readonly Route[],
  options: BootHttpOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // The socket's own address; headers that claim another are not even read (docs/security.md, rule 7).
  const client = parseIpv4((request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''));
  const path = request.url ?? '';
  const route = table.find(({ expression }) => expression.test(path));
  const report = (code?: string): void =>
    options.onEvent({
      kind: 'http',
      route: route?.pattern ?? '(none)',
      client: client ?? '',
      status: response.statusCode,
      ...(code && { code }),
    });
  if (!route || !client) {
    sendStatus(response, 404);
    return report();
  }
  if (!route.methods.includes(request.method ?? '')) {
    response.setHeader('allow', route.methods.join(', '));
    sendStatus(response, 405);
    return report();
  }
  try {
    const parameters = { ...route.expression.exec(path)?.groups };
    await route.answer({ request, response, client, parameters });
    return report();
  } catch (error) {
    const code = codeOf(error);
    if (response.headersSent) {
      response.destroy();
      return report(code ?? 'cut');
    }
    sendStatus(response, code ? errorTable[code].status : 503, code);
    return report(code ?? 'INTERNAL');
  }
}

function sendText(response: ServerResponse, text: string | undefined): void {
  if (text === undefined) return sendStatus(response, 404);
  // node:http sends no body to HEAD by itself.
  response.writeHead(200, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

function sendStatus(response: ServerResponse, status: number, code?: string): void {
  const text = code ? `${code}\n` : '';
  response
    .writeHead(status, { 'content-length': Buffer.byteLength(text), 'content-type': 'text/plain' })
    .end(text);
}

async function readBody(request: IncomingMessage, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) throw Object.assign(new Error('body too large'), { code: 'REQUEST_INVALID' });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
