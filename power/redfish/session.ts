import { CodedError, codeOf, type Secret } from '../../model/index.ts';
import { linkOn } from '../http/endpoint.ts';
import { codedFault } from '../http/fault.ts';
import type { ReadPasswords } from '../passwords.ts';
import { complaint, type Document, linkAt, parseDocument } from '../document.ts';
import { type Destination, type Ask, type HttpAnswer, request } from '../../outbound/index.ts';

/** A session of a Redfish service (DSP0266, "Session management"), or what takes its place. */
type Login =
  | { readonly kind: 'session'; readonly token: string; readonly location?: URL }
  | { readonly kind: 'basic'; readonly authorization: string };

export interface RedfishAccess {
  readonly to: Destination;
  readonly username: string;
  /** The record of the password: who has another one gets no session that was opened with this. */
  readonly account: string;
  readonly readPasswords: ReadPasswords;
}

/** Sends one request, logged in. */
export type RedfishRequest = (access: RedfishAccess, path: string, ask: Ask) => Promise<HttpAnswer>;

export interface RedfishSessions {
  readonly request: RedfishRequest;
  /** Ends every session: BMCs have few of them, and some keep a forgotten one for half an hour. */
  close(): Promise<void>;
}

/** Long enough for the requests of one operation, short enough for a BMC with four sessions. */
const idleMs = 30_000;
const root = '/redfish/v1/';

interface Entry {
  readonly access: RedfishAccess;
  readonly login: Login;
  readonly idle: NodeJS.Timeout;
}

/** One session for each service, user and password, shared by all who speak to it, and ended when nobody did for a while. */
export function createRedfishSessions(idleAfterMs = idleMs): RedfishSessions {
  const open = new Map<string, Entry>();
  const ending = new Set<Promise<void>>();

  const forget = (key: string): Promise<void> => {
    const entry = open.get(key);
    open.delete(key);
    if (!entry) return Promise.resolve();
    clearTimeout(entry.idle);
    const end = logOut(entry).finally(() => ending.delete(end));
    ending.add(end);
    return end;
  };

  const logInOnce = async (key: string, access: RedfishAccess, ask: Ask): Promise<Login> => {
    const known = open.get(key);
    if (known) {
      known.idle.refresh();
      return known.login;
    }
    const login = await logIn(access, ask.signal);
    const idle = setTimeout(() => void forget(key), idleAfterMs);
    idle.unref();
    open.set(key, { access, login, idle });
    return login;
  };

  return {
    async request(access, path, ask) {
      const key = `${access.to.url.href} ${access.username} ${access.account}`;
      const wasOpen = open.has(key);
      const first = await logInOnce(key, access, ask);
      const answer = await sendAs(first, access, path, ask);
      if (answer.status !== 401) return answer;
      // The service ended the session, or the password was changed.
      open.delete(key);
      if (!wasOpen) throw refused(access, answer);
      const again = await sendAs(await logInOnce(key, access, ask), access, path, ask);
      if (again.status !== 401) return again;
      await forget(key);
      throw refused(access, again);
    },
    async close() {
      for (const key of open.keys()) void forget(key);
      await Promise.all(ending);
    },
  };
}

async function logIn(access: RedfishAccess, signal: AbortSignal | undefined): Promise<Login> {
  const answer = await send(access, root, { method: 'GET', signal });
  const service = answer.status === 200 ? (parseDocument(answer.text) ?? {}) : undefined;
  if (!service) {
    throw new CodedError(
      'BMC_COMMAND_FAILED',
      `${whoIs(access)} has no Redfish service: it answers ${answer.status} to ${root}.`,
    );
  }
  const [password, ...others] = await access.readPasswords();
  try {
    return await logInWith(password, service, access, signal);
  } catch (error) {
    const [next] = others;
    if (!next || codeOf(error) !== 'BMC_LOGIN_REFUSED') throw error;
    return logInWith(next, service, access, signal);
  }
}

async function logInWith(
  password: Secret,
  service: Document,
  access: RedfishAccess,
  signal: AbortSignal | undefined,
): Promise<Login> {
  const { to, username } = access;
  // RFC 7617, section 2: the user name ends at the first colon.
  const pair = Buffer.from(`${username}:${password.reveal()}`).toString('base64');
  const basic = { kind: 'basic', authorization: `Basic ${pair}` } as const;
  const sessions = linkAt(service, 'Links', 'Sessions');
  if (sessions !== undefined) {
    const json = { UserName: username, Password: password.reveal() };
    const answer = await send(access, sessions, { method: 'POST', json, signal });
    const token = answer.headers['x-auth-token'];
    if (answer.status < 300 && token !== undefined && /^[\x21-\x7e]{1,4096}$/.test(token)) {
      const location = answer.headers['location'];
      return {
        kind: 'session',
        token,
        ...(location !== undefined && { location: linkOn(to.url, location) }),
      };
    }
    // Full, or not made yet by the maker: what has no sessions takes the password with each request.
    if (![404, 405, 501, 503].includes(answer.status)) throw refused(access, answer);
  }
  const systems = linkAt(service, 'Systems') ?? `${root}Systems`;
  const answer = await sendAs(basic, access, systems, { method: 'GET', signal });
  if (answer.status === 401 || answer.status === 403) throw refused(access, answer);
  return basic;
}

async function logOut({ access, login }: Entry): Promise<void> {
  if (login.kind !== 'session' || !login.location) return;
  try {
    await sendAs(login, access, login.location.pathname, {
      method: 'DELETE',
      signal: AbortSignal.timeout(5_000),
    });
  } catch {
    // It ends by itself when the service finds nobody using it.
  }
}

function sendAs(login: Login, access: RedfishAccess, path: string, ask: Ask): Promise<HttpAnswer> {
  const shown =
    login.kind === 'session' ? { 'x-auth-token': login.token } : { authorization: login.authorization };
  return send(access, path, { ...ask, headers: { ...ask.headers, ...shown } });
}

async function send(access: RedfishAccess, path: string, ask: Ask): Promise<HttpAnswer> {
  const url = linkOn(access.to.url, path);
  try {
    return await request(
      { ...access.to, url },
      { ...ask, headers: { 'odata-version': '4.0', ...ask.headers } },
    );
  } catch (error) {
    throw codedFault(whoIs(access), error);
  }
}

export function whoIs({ to }: Pick<RedfishAccess, 'to'>): string {
  return `The BMC at ${to.url.host}`;
}

function refused(access: RedfishAccess, { status, text }: HttpAnswer): CodedError {
  const said = complaint(text);
  const why = `${status}${said ? `, ${said}` : ''}`;
  const message = `${whoIs(access)} refuses the login of ${access.username}: ${why}.`;
  return new CodedError('BMC_LOGIN_REFUSED', message, { host: access.to.url.host });
}
