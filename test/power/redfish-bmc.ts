import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A Redfish BMC whose gaps and quirks can be set, with a machine behind it that is a few fields. */
export interface Quirks {
  /** By which the machine itself reaches the BMC. Absent: none is served. */
  readonly hostInterface?: 'open' | 'closed' | 'refused' | 'stays-open';
  readonly sessions?: 'none' | 'full';
  /** Reset types that it lists; undefined lists none. */
  readonly resetTypes?: readonly string[];
  /** It lists them in a document of their own. */
  readonly actionInfo?: boolean;
  /** Reset types that it answers with 501 although it lists them. */
  readonly refusesTypes?: readonly string[];
  /** What a PATCH has to carry. */
  readonly wants?: 'etag' | 'weak-etag' | 'no-etag';
  readonly refusesOnce?: boolean;
  readonly keepsContinuous?: boolean;
  readonly refusesMode?: boolean;
  readonly refusesHttpUri?: boolean;
  readonly bootTargets?: readonly string[];
  /** Polls of the task until it ends, and how. */
  readonly task?: { readonly polls: number; readonly ends: 'Completed' | 'Exception' };
  /** Reads until an order shows. */
  readonly slow?: number;
  readonly ignoresOrders?: boolean;
  readonly systems?: readonly { readonly id: string; readonly uuid: string }[];
  readonly media?: 'actions' | 'patch' | 'manager' | 'none';
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Sent as the link to the systems. */
  readonly systemsLink?: string;
}

export interface RedfishBmc {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** `POST /redfish/v1/Systems/1/Actions/… {"ResetType":"On"}`, without reads. */
  readonly changes: readonly string[];
  readonly requests: readonly string[];
  readonly logins: { readonly sessions: number; readonly basic: number; readonly ended: number };
  /** Headers and bodies of all that came, to look for what should not be there. */
  received(): string;
  power: string;
  boot: Record<string, unknown>;
  image: string | null;
  forgetSessions(): void;
  setPassword(password: string): void;
  stop(): Promise<void>;
}

const root = '/redfish/v1';

export async function startRedfishBmc(quirks: Quirks = {}): Promise<RedfishBmc> {
  const systems = quirks.systems ?? [{ id: '1', uuid: '11111111-2222-3333-4444-555555555555' }];
  const changes: string[] = [];
  const requests: string[] = [];
  const tokens = new Set<string>();
  const logins = { sessions: 0, basic: 0, ended: 0 };
  const kept = {
    power: 'Off',
    boot: {
      BootSourceOverrideTarget: 'None',
      BootSourceOverrideEnabled: 'Disabled',
      BootSourceOverrideMode: 'UEFI',
      'BootSourceOverrideTarget@Redfish.AllowableValues': quirks.bootTargets ?? [
        'None',
        'Pxe',
        'UefiHttp',
        'Cd',
      ],
    } as Record<string, unknown>,
    image: null as string | null,
    hostInterface: quirks.hostInterface !== 'closed',
    password: 'canary-Redfish-4711',
  };
  let version = 1;
  let received = '';
  let coming: { readonly power: string; reads: number } | undefined;
  let polls = 0;

  const isIn = (request: IncomingMessage): boolean => {
    if (tokens.has(String(request.headers['x-auth-token']))) return true;
    const pair = Buffer.from(`admin:${kept.password}`).toString('base64');
    if (request.headers.authorization !== `Basic ${pair}`) return false;
    logins.basic++;
    return true;
  };

  const system = (id: string, uuid: string) => {
    if (coming && coming.reads-- <= 0) {
      kept.power = coming.power;
      coming = undefined;
    }
    const reset = {
      target: `${root}/Systems/${id}/Actions/ComputerSystem.Reset`,
      ...(quirks.actionInfo
        ? { '@Redfish.ActionInfo': `${root}/Systems/${id}/ResetActionInfo` }
        : quirks.resetTypes && { 'ResetType@Redfish.AllowableValues': quirks.resetTypes }),
    };
    return {
      '@odata.id': `${root}/Systems/${id}`,
      Id: id,
      UUID: uuid,
      PowerState: coming ? (coming.power === 'On' ? 'PoweringOn' : 'PoweringOff') : kept.power,
      Boot: kept.boot,
      Actions: { '#ComputerSystem.Reset': reset },
      ...(quirks.media !== 'manager' &&
        quirks.media !== 'none' && { VirtualMedia: { '@odata.id': `${root}/Systems/${id}/VirtualMedia` } }),
      Links: { ManagedBy: [{ '@odata.id': `${root}/Managers/1` }] },
    };
  };

  const reset = (type: string, answer: Answer) => {
    if (quirks.refusesTypes?.includes(type)) return answer(501);
    if (quirks.ignoresOrders) return answer(204);
    const goal = /Off|Shutdown/.test(type) ? 'Off' : 'On';
    if (quirks.slow === undefined) kept.power = goal;
    else coming = { power: goal, reads: quirks.slow };
    if (!quirks.task) return answer(204);
    polls = quirks.task.polls;
    answer(202, { TaskState: 'New' }, { location: `${root}/TaskService/TaskMonitors/1` });
  };

  const patch = (request: IncomingMessage, body: Record<string, unknown>, answer: Answer) => {
    const tag = request.headers['if-match'];
    if (quirks.wants === 'etag' && tag === undefined) return answer(428);
    if (quirks.wants === 'etag' && tag !== `"${version}"`) return answer(412);
    if (quirks.wants === 'weak-etag' && tag !== `W/"${version}"`) return answer(412);
    if (quirks.wants === 'no-etag' && tag !== undefined) return answer(412);
    if ('InterfaceEnabled' in body) {
      if (quirks.hostInterface === 'refused') return answer(405);
      if (quirks.hostInterface === 'open') kept.hostInterface = body['InterfaceEnabled'] === true;
      return answer(204);
    }
    if ('Image' in body) {
      kept.image = body['Image'] as string | null;
      return answer(204);
    }
    const boot = body['Boot'] as Record<string, unknown>;
    const complain = (field: string) =>
      answer(400, {
        error: { message: 'x', '@Message.ExtendedInfo': [{ Message: `${field} is not supported.` }] },
      });
    if (quirks.refusesOnce && boot['BootSourceOverrideEnabled'] === 'Once') return complain('Once');
    if (quirks.refusesMode && 'BootSourceOverrideMode' in boot) return complain('Mode');
    if (quirks.refusesHttpUri && 'HttpBootUri' in boot) return complain('HttpBootUri');
    Object.assign(kept.boot, boot, quirks.keepsContinuous && { BootSourceOverrideEnabled: 'Continuous' });
    version++;
    if (!quirks.task) return answer(204);
    polls = quirks.task.polls;
    answer(202, {}, { location: `${root}/TaskService/TaskMonitors/1` });
  };

  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk as string;
    const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
    received += JSON.stringify(request.headers) + text;
    const path = (request.url ?? '').replace(/\/$/, '');
    const method = request.method ?? '';
    requests.push(`${method} ${path}`);
    const answer: Answer = (status, json, headers = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(json === undefined ? undefined : JSON.stringify(json));
    };
    if (path === root) {
      return answer(200, {
        Systems: { '@odata.id': quirks.systemsLink ?? `${root}/Systems` },
        Links:
          quirks.sessions === 'none' ? {} : { Sessions: { '@odata.id': `${root}/SessionService/Sessions` } },
      });
    }
    if (path === `${root}/SessionService/Sessions` && method === 'POST') {
      if (quirks.sessions === 'full') return answer(503);
      if (body['UserName'] !== 'admin' || body['Password'] !== kept.password)
        return answer(401, {
          error: { '@Message.ExtendedInfo': [{ Message: 'The credentials are wrong.' }] },
        });
      const token = `token-${++logins.sessions}`;
      tokens.add(token);
      return answer(201, {}, { 'x-auth-token': token, location: `${root}/SessionService/Sessions/${token}` });
    }
    if (!isIn(request)) return answer(401);
    if (method === 'DELETE') {
      tokens.delete(path.slice(path.lastIndexOf('/') + 1));
      logins.ended++;
      return answer(204);
    }
    if (method !== 'GET') changes.push(`${method} ${path.slice(root.length)} ${text}`);
    if (path === `${root}/Systems`)
      return answer(200, { Members: systems.map(({ id }) => ({ '@odata.id': `${root}/Systems/${id}` })) });
    if (path === `${root}/TaskService/TaskMonitors/1`) {
      if (polls-- > 0) return answer(202, { TaskState: 'Running' });
      return answer(200, { TaskState: quirks.task?.ends, error: { message: 'the task broke' } });
    }
    const hostInterfaces = `${root}/Managers/1/HostInterfaces`;
    const media =
      quirks.media === 'manager' ? `${root}/Managers/1/VirtualMedia` : `${root}/Systems/1/VirtualMedia`;
    if (path === `${root}/Managers/1`)
      return answer(200, {
        ...(quirks.media === 'manager' && { VirtualMedia: { '@odata.id': media } }),
        ...(quirks.hostInterface && { HostInterfaces: { '@odata.id': hostInterfaces } }),
      });
    if (path === hostInterfaces) return answer(200, { Members: [{ '@odata.id': `${hostInterfaces}/1` }] });
    if (path === `${hostInterfaces}/1` && method === 'GET')
      return answer(200, { Id: '1', InterfaceEnabled: kept.hostInterface }, { etag: `"${version}"` });
    if (path === `${hostInterfaces}/1`) return patch(request, body, answer);
    if (path === media) {
      return answer(200, { Members: ['Floppy1', 'Cd1'].map((id) => ({ '@odata.id': `${media}/${id}` })) });
    }
    if (path === `${media}/Floppy1`) return answer(200, { MediaTypes: ['Floppy'] });
    if (path === `${media}/Cd1` && method === 'GET') {
      const action = (verb: string) => ({ target: `${media}/Cd1/Actions/VirtualMedia.${verb}` });
      const actions = {
        '#VirtualMedia.InsertMedia': action('InsertMedia'),
        '#VirtualMedia.EjectMedia': action('EjectMedia'),
      };
      return answer(200, {
        MediaTypes: ['CD', 'DVD'],
        Image: kept.image,
        ...(quirks.media !== 'patch' && { Actions: actions }),
      });
    }
    if (path.endsWith('VirtualMedia.InsertMedia')) {
      kept.image = String(body['Image']);
      return answer(204);
    }
    if (path.endsWith('VirtualMedia.EjectMedia')) {
      kept.image = null;
      return answer(204);
    }
    if (path.endsWith('/ComputerSystem.Reset')) return reset(String(body['ResetType']), answer);
    if (path.endsWith('/ResetActionInfo'))
      return answer(200, { Parameters: [{ Name: 'ResetType', AllowableValues: quirks.resetTypes }] });
    const found = systems.find(({ id }) => path === `${root}/Systems/${id}`);
    if (found && method === 'GET') return answer(200, system(found.id, found.uuid), { etag: `"${version}"` });
    if (method === 'PATCH') return patch(request, body, answer);
    answer(404);
  };

  const handle = (request: IncomingMessage, response: ServerResponse) => void serve(request, response);
  const server = quirks.tls ? createTlsServer(quirks.tls, handle) : createServer(handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return Object.assign(kept, {
    url: `${quirks.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    username: 'admin',
    changes,
    requests,
    logins,
    received: () => received,
    forgetSessions: () => tokens.clear(),
    setPassword: (password: string) => {
      kept.password = password;
      tokens.clear();
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}

type Answer = (status: number, json?: unknown, headers?: Record<string, string>) => void;
