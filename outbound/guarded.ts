import { parseNetworkList } from '../net/index.ts';
import type { Destination, Lookup, Reach, Trust } from './connect.ts';
import { fault } from './fault.ts';
import { type Ask, type HttpAnswer, request } from './request.ts';

/** Who may be called beside the public Internet, for this service (docs/security.md, rule 34). */
export interface OutboundRules {
  /** `10.1.0.0/16`, `fd00::/8`, one address. Default: none. */
  readonly allowedNetworks?: readonly string[];
  readonly lookup?: Lookup;
}

const maxRedirects = 3;

/** Sends to a URL that an operator configured. Every hop is judged like the first. */
export type Outbound = (url: URL, trust: Trust, ask: Ask) => Promise<HttpAnswer>;

/** @throws RangeError when an allowed network is none: better no service than one that allows something else. */
export function reachOf({ allowedNetworks = [], lookup }: OutboundRules): {
  readonly reach: Reach;
  readonly lookup?: Lookup;
} {
  const allowed = parseNetworkList(allowedNetworks);
  if (!allowed) throw new RangeError(`not networks: ${allowedNetworks.join(' ')}`);
  return { reach: { allowed }, ...(lookup && { lookup }) };
}

/** @throws RangeError as `reachOf` */
export function createOutbound(outboundRules: OutboundRules = {}): Outbound {
  const rules = reachOf(outboundRules);
  return async (start, trust, ask) => {
    let to: Destination = { url: start, trust, ...rules };
    let current = ask;
    for (let redirects = 0; ; redirects += 1) {
      const answer = await request(to, current);
      const { location } = answer.headers;
      if (answer.status < 300 || answer.status > 399 || location === undefined) return answer;
      if (redirects === maxRedirects) throw fault('forbidden', `more than ${maxRedirects} redirects`);
      const url = nextHop(to.url, location, trust);
      if (url.origin !== to.url.origin) current = withoutCredentials(current);
      // RFC 9110, section 15.4: after these the method is GET and the body is gone.
      if (answer.status < 307 && current.method !== 'GET') current = asGet(current);
      to = { url, trust, ...rules };
    }
  };
}

function nextHop(from: URL, location: string, trust: Trust): URL {
  const url = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (!url || url.username || url.password) throw fault('forbidden', 'it redirects to what is no URL');
  const protocol = trust.kind === 'plain' ? ['http:'] : ['https:'];
  if (!protocol.includes(url.protocol)) throw fault('forbidden', `it redirects to ${url.protocol}`);
  return url;
}

function withoutCredentials({ headers = {}, ...ask }: Ask): Ask {
  const kept = Object.entries(headers).filter(
    ([name]) => !/^(authorization|cookie|x-auth-token)$/i.test(name),
  );
  return { ...ask, headers: Object.fromEntries(kept) };
}

function asGet({ json: _json, ...ask }: Ask): Ask {
  return { ...ask, method: 'GET' };
}
