import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestListener } from 'node:http';
import type { Supervised } from './supervise.ts';

export const POWER_PORT = 8082;

/** What the power driver `webhook` speaks: POST /power/NAME/on and /off, GET /power/NAME/status, with a bearer token. */
export function powerHandler(token: string, machines: ReadonlyMap<string, Supervised>): RequestListener {
  return (request, response) => {
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
    request.resume();
    if (!isSame(request.headers.authorization ?? '', `Bearer ${token}`))
      return void answer(401, { error: 'a token is needed' });
    const [, name = '', order] = /^\/power\/([a-z0-9-]+)\/(on|off|status)$/.exec(request.url ?? '') ?? [];
    const machine = machines.get(name);
    if (machine === undefined) return void answer(404, { error: 'there is no such machine' });
    if (request.method !== (order === 'status' ? 'GET' : 'POST'))
      return void answer(405, { error: 'orders are posted, the status is got' });
    if (order === 'on') machine.on();
    if (order === 'off') machine.off();
    answer(200, { status: machine.state() });
  };
}

/** In a time that tells nothing of where they differ, nor of their lengths. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
