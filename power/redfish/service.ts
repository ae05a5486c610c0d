import { CodedError } from '../../model/index.ts';
import { pause } from '../confirmed.ts';
import { complaint, type Document, parseDocument, textAt } from '../document.ts';
import { type RedfishAccess, type RedfishRequest, whoIs } from './session.ts';
import type { HttpAnswer } from '../../outbound/index.ts';

/** A document and the version of it that was read, for the next change. */
export interface Read {
  readonly document: Document;
  readonly etag: string | undefined;
}

export interface RedfishService {
  readonly who: string;
  get(path: string, signal: AbortSignal | undefined): Promise<Read>;
  /** @returns undefined when it was done, otherwise how it was refused, so that another way can be tried */
  post(path: string, json: unknown, signal: AbortSignal | undefined): Promise<Refusal | undefined>;
  patch(path: string, json: unknown, signal: AbortSignal | undefined): Promise<Refusal | undefined>;
}

export interface Refusal {
  readonly status: number;
  readonly said: string;
}

/** How long a change may take that the service does in the background. */
const taskMs = 60_000;

export function redfishService(access: RedfishAccess, send: RedfishRequest, pollMs: number): RedfishService {
  const who = whoIs(access);

  const get = async (path: string, signal: AbortSignal | undefined): Promise<Read> => {
    const answer = await send(access, path, { method: 'GET', signal });
    const document = answer.status === 200 ? parseDocument(answer.text) : undefined;
    if (!document) throw failed(who, `it answers ${answer.status} to ${path}`);
    return { document, etag: answer.headers['etag'] ?? textAt(document, '@odata.etag') };
  };

  /** 202: the answer comes later, at the task monitor (DSP0266, "Asynchronous operations"). */
  const finished = async (
    answer: HttpAnswer,
    signal: AbortSignal | undefined,
  ): Promise<Refusal | undefined> => {
    if (answer.status !== 202) return refusalOf(answer);
    const monitor = answer.headers['location'];
    if (monitor === undefined) return undefined;
    const deadline = performance.now() + taskMs;
    for (;;) {
      const seen = await send(access, monitor, { method: 'GET', signal });
      const task = parseDocument(seen.text) ?? {};
      const state = textAt(task, 'TaskState');
      if (state !== undefined && /^(Exception|Killed|Cancelled)$/.test(state))
        return { status: 500, said: complaint(seen.text) || `its task ended as ${state}` };
      // A monitor that is gone has done its work.
      if (seen.status === 404 || seen.status === 410 || state === 'Completed') return undefined;
      if (seen.status !== 202 && !isAtWork(state)) return refusalOf(seen);
      if (performance.now() > deadline) throw failed(who, 'its task does not end');
      await pause(pollMs, signal);
    }
  };

  return {
    who,
    get,
    async post(path, json, signal) {
      return finished(await send(access, path, { method: 'POST', json, signal }), signal);
    },
    async patch(path, json, signal) {
      const { etag } = await get(path, signal);
      // 412, 428: it wants the version it has now, some in the other form of it than they tell, some none at all.
      const tries = [...new Set([etag, otherForm(etag), '*', undefined])];
      let last: HttpAnswer | undefined;
      for (const tag of tries) {
        const headers = tag === undefined ? {} : { 'if-match': tag };
        last = await send(access, path, { method: 'PATCH', json, headers, signal });
        if (last.status !== 412 && last.status !== 428) break;
      }
      return last && finished(last, signal);
    },
  };
}

/** RFC 9110, section 8.8.3: `W/"1"` is weak, `"1"` strong. If-Match compares strongly, yet some give weak ones. */
function otherForm(etag: string | undefined): string | undefined {
  if (etag === undefined) return undefined;
  return etag.startsWith('W/') ? etag.slice(2) : `W/${etag}`;
}

function isAtWork(state: string | undefined): boolean {
  return state !== undefined && /^(New|Starting|Running|Pending|Suspended|Stopping)$/.test(state);
}

function refusalOf({ status, text }: HttpAnswer): Refusal | undefined {
  return status >= 200 && status < 300 ? undefined : { status, said: complaint(text) };
}

export function failed(who: string, why: string): CodedError {
  return new CodedError('BMC_COMMAND_FAILED', `${who} did not do it: ${why}.`, { who });
}

export function refusalText({ status, said }: Refusal): string {
  return said === '' ? `it answers ${status}` : `it answers ${status}, ${said}`;
}
