import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import type { Ipv4 } from '../../../net/index.ts';
import type { BmcQuirk } from '../faults/bmc.ts';
import type { SimMachine } from '../machine.ts';
import {
  type BmcState,
  HOST_INTERFACE_PATH,
  SYSTEM_PATH,
  hostInterface,
  manager,
  members,
  root,
  sessionService,
  system,
  virtualMedia,
} from './documents.ts';
import { createOrders } from './orders.ts';
import { quirkOf } from './quirks.ts';

/** A BMC that speaks Redfish (DSP0266) for one machine, with the gaps and oddities that it was given. */
export interface RedfishBmc {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** Sessions that nobody has ended. */
  sessions(): number;
  /** Requests that were answered or left alone. */
  requests(): number;
  change(quirks: readonly BmcQuirk[]): void;
  close(): Promise<void>;
}

export interface RedfishOptions {
  readonly address: Ipv4;
  /** Default: the port of the protocol, 443 with a certificate and 80 without; 0 for any free one. */
  readonly port?: number;
  readonly machine: SimMachine;
  readonly quirks?: readonly BmcQuirk[];
  readonly tls?: { readonly key: string; readonly cert: string };
}

interface Answer {
  readonly status: number;
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

const BODY_LIMIT = 64 * 1024;

export async function serveRedfish(options: RedfishOptions): Promise<RedfishBmc> {
  const { machine, tls } = options;
  const username = 'admin';
  const password = randomBytes(12).toString('base64url');
  const tokens = new Map<string, string>();
  const tasks = new Set<string>();
  let quirks = options.quirks ?? [];
  let requests = 0;
  /** What `unavailable` and `drops-connections` have had so far. */
  let spoiled = 0;
  const state: BmcState = { etag: 1, override: undefined, media: undefined, hostInterface: true };
  const orders = createOrders(machine, () => quirks, state);

  const isLoggedIn = (request: IncomingMessage): boolean => {
    if (quirkOf(quirks, 'refuses-login')) return false;
    const token = request.headers['x-auth-token'];
    if (typeof token === 'string' && [...tokens.values()].includes(token)) return true;
    const basic = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    return request.headers.authorization === basic;
  };

  const logIn = (body: Readonly<Record<string, unknown>>): Answer => {
    const right = body['UserName'] === username && body['Password'] === password;
    if (!right || quirkOf(quirks, 'refuses-login'))
      return problem(401, 'The user name or password is wrong.');
    const id = String(tokens.size + 1 + requests);
    const token = randomBytes(16).toString('hex');
    tokens.set(id, token);
    const location = `/redfish/v1/SessionService/Sessions/${id}`;
    return {
      status: 201,
      body: { '@odata.id': location, Id: id, UserName: username },
      headers: { location, 'x-auth-token': token },
    };
  };

  const accepted = (): Answer => {
    if (!quirkOf(quirks, 'answers-with-tasks')) return { status: 204 };
    const path = `/redfish/v1/TaskService/Tasks/${requests}`;
    tasks.add(path);
    return { status: 202, body: { '@odata.id': path, TaskState: 'Running' }, headers: { location: path } };
  };

  const change = (request: IncomingMessage, body: Readonly<Record<string, unknown>>): Answer => {
    if (quirkOf(quirks, 'etag-required')) {
      const tag = request.headers['if-match'];
      if (tag === undefined) return problem(428, 'If-Match is required.');
      if (tag !== etagOf(state)) return problem(412, 'It was changed by somebody else.');
    }
    const refused = orders.override(body['Boot']);
    if (refused) return problem(400, refused);
    state.etag += 1;
    return accepted();
  };

  const reset = async (type: unknown): Promise<Answer> => {
    const refused = await orders.reset(String(type));
    return refused ? problem(refused.status, refused.why) : accepted();
  };

  const hasSessions = (): boolean => !quirkOf(quirks, 'no-sessions');

  const route = async (request: IncomingMessage, path: string): Promise<Answer> => {
    const method = request.method ?? 'GET';
    const at = `${method} ${path}`;
    if (at === 'GET /redfish/v1') return { status: 200, body: root(hasSessions()) };
    const body = method === 'POST' || method === 'PATCH' ? await readBody(request) : {};
    if (at === 'POST /redfish/v1/SessionService/Sessions' && hasSessions()) return logIn(body);
    if (!isLoggedIn(request)) return problem(401, 'Log in first.');
    const session = /^DELETE \/redfish\/v1\/SessionService\/Sessions\/(\d+)$/.exec(at)?.[1];
    if (session) return { status: tokens.delete(session) ? 204 : 404 };
    if (tasks.delete(path)) return { status: 200, body: { TaskState: 'Completed' } };
    switch (at) {
      case 'GET /redfish/v1/SessionService':
        return hasSessions() ? { status: 200, body: sessionService() } : problem(404, 'No sessions here.');
      case 'GET /redfish/v1/Systems':
        return { status: 200, body: members('/redfish/v1/Systems', [SYSTEM_PATH]) };
      case `GET ${SYSTEM_PATH}`:
        return {
          status: 200,
          body: system(machine.hardware, { ...state, power: orders.shown() }, quirks),
          headers: { etag: etagOf(state) },
        };
      case `PATCH ${SYSTEM_PATH}`:
        return change(request, body);
      case `POST ${SYSTEM_PATH}/Actions/ComputerSystem.Reset`:
        return reset(body['ResetType']);
      case 'GET /redfish/v1/Managers':
        return { status: 200, body: members('/redfish/v1/Managers', ['/redfish/v1/Managers/1']) };
      case 'GET /redfish/v1/Managers/1':
        return { status: 200, body: manager() };
      case 'GET /redfish/v1/Managers/1/HostInterfaces':
        return {
          status: 200,
          body: members('/redfish/v1/Managers/1/HostInterfaces', [HOST_INTERFACE_PATH]),
        };
      case `GET ${HOST_INTERFACE_PATH}`:
        return { status: 200, body: hostInterface(state.hostInterface) };
      case `PATCH ${HOST_INTERFACE_PATH}`:
        if (!quirkOf(quirks, 'keeps-host-interface')) state.hostInterface = body['InterfaceEnabled'] === true;
        return accepted();
      case 'GET /redfish/v1/Managers/1/VirtualMedia':
        return {
          status: 200,
          body: members('/redfish/v1/Managers/1/VirtualMedia', ['/redfish/v1/Managers/1/VirtualMedia/CD']),
        };
      case 'GET /redfish/v1/Managers/1/VirtualMedia/CD':
        return { status: 200, body: virtualMedia(state.media) };
      case 'POST /redfish/v1/Managers/1/VirtualMedia/CD/Actions/VirtualMedia.InsertMedia':
        state.media = String(body['Image']);
        return accepted();
      case 'POST /redfish/v1/Managers/1/VirtualMedia/CD/Actions/VirtualMedia.EjectMedia':
        state.media = undefined;
        return accepted();
      default:
        return problem(404, `There is no ${path}.`);
    }
  };

  const listener: RequestListener = (request, response) => {
    requests += 1;
    if (quirkOf(quirks, 'hangs')) return;
    const dropping = quirkOf(quirks, 'drops-connections');
    if (dropping && spoiled < dropping.requests) {
      spoiled += 1;
      response.writeHead(200, { 'content-length': 1_000 }).write('{');
      setTimeout(() => response.destroy(), 5);
      return;
    }
    const busy = quirkOf(quirks, 'unavailable');
    if (busy && spoiled < busy.requests) {
      spoiled += 1;
      return send(response, { ...problem(503, 'The BMC starts.'), headers: { 'retry-after': '1' } });
    }
    if (quirkOf(quirks, 'speaks-html'))
      return send(response, { status: 200, body: '<html><title>Welcome</title></html>' });
    const path = new URL(request.url ?? '/', 'http://bmc').pathname.replace(/\/$/, '');
    route(request, path).then(
      (answer) => send(response, answer),
      (error: unknown) => send(response, problem(400, String(error))),
    );
  };
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  const port = options.port ?? (tls ? 443 : 80);
  server.listen(port, options.address);
  await once(server, 'listening');
  const bound = server.address();
  const shown = typeof bound === 'object' && bound ? bound.port : port;
  return {
    url: `${tls ? 'https' : 'http'}://${options.address}:${shown}`,
    username,
    password,
    sessions: () => tokens.size,
    requests: () => requests,
    change(now) {
      quirks = now;
      spoiled = 0;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await Promise.race([closed, delay(1_000)]);
    },
  };
}

function etagOf({ etag }: BmcState): string {
  return `W/"${etag}"`;
}

/** DSP0266, "Error responses". */
function problem(status: number, message: string): Answer {
  return { status, body: { error: { code: 'Base.1.0.GeneralError', message } } };
}

function send(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  const isText = typeof body === 'string';
  const text = isText ? body : body === undefined ? '' : JSON.stringify(body);
  response
    .writeHead(status, {
      'content-type': isText ? 'text/html' : 'application/json',
      'content-length': Buffer.byteLength(text),
      ...(status === 401 && { 'www-authenticate': 'Basic realm="BMC"' }),
      ...headers,
    })
    .end(text);
}

async function readBody(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  let text = '';
  for await (const chunk of request as AsyncIterable<Buffer>) {
    text += chunk.toString();
    if (text.length > BODY_LIMIT) throw new Error('too long');
  }
  const value: unknown = text === '' ? {} : JSON.parse(text);
  if (typeof value !== 'object' || value === null) throw new Error('no object');
  return value as Readonly<Record<string, unknown>>;
}
