import { CodedError } from '../model/index.ts';
import {
  type Fault,
  open,
  type OpenAnswer,
  type OutboundRules,
  reachOf,
  type Trust,
} from '../outbound/index.ts';

/** A mirror may point to its nearest copy; more than this is a loop (docs/security.md, rule 34). */
const maxRedirects = 3;
/** A mirror that says nothing for this long, before or within a body, is gone; the fetch goes on from there later. */
const silenceMs = 60_000;

export interface HttpBody {
  readonly status: number;
  readonly headers: OpenAnswer['headers'];
  readonly url: string;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** For who does not read the chunks to their end. */
  close(): void;
}

export interface GetOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly silence?: number;
}

/**
 * GET with an end to everything: redirects, silence, and the caller's patience. What the network does wrong is
 * STREAM_UNREACHABLE, an address that may not be called OUTBOUND_REFUSED; an abort of `signal` passes as its own reason.
 */
export type Get = (start: URL, options: GetOptions) => Promise<HttpBody>;

/** The one way out for images: each address, also of a redirect, is one that the rules allow. */
export function createGet(rules: OutboundRules): Get {
  const reach = reachOf(rules);
  return (start, options) =>
    get(start, options, (url, ask) => open({ url, trust: trustOf(url), ...reach }, ask));
}

/** What comes over plain HTTP is held against a signature or a hash all the same. */
function trustOf(url: URL): Trust {
  return { kind: url.protocol === 'http:' ? 'plain' : 'authorities' };
}

async function get(
  start: URL,
  options: GetOptions,
  ask: (url: URL, ask: Parameters<typeof open>[1]) => Promise<OpenAnswer>,
): Promise<HttpBody> {
  const quiet = new Silence(options.silence ?? silenceMs);
  const signal = AbortSignal.any([options.signal, quiet.signal]);
  let url = start;
  try {
    for (let redirects = 0; ; redirects += 1) {
      // Files are fetched as they are hashed, and counted by their declared size.
      const headers = { ...options.headers, accept: '*/*', 'accept-encoding': 'identity' };
      const answer = await ask(url, { method: 'GET', headers, signal });
      const { status, headers: answered } = answer;
      const { location } = answered;
      if (status < 300 || status > 399 || location === undefined) {
        return {
          status,
          headers: answered,
          url: url.href,
          chunks: chunksOf(answer, quiet, options.signal, start),
          close() {
            quiet.end();
            answer.close();
          },
        };
      }
      answer.close();
      url = redirected(url, location, redirects);
    }
  } catch (error) {
    quiet.end();
    throw fault(error, options.signal, start);
  }
}

function redirected(from: URL, location: string, redirects: number): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  const allowed = to?.protocol === 'https:' || (to?.protocol === 'http:' && from.protocol === 'http:');
  if (!to || !allowed || redirects >= maxRedirects) {
    throw new CodedError('STREAM_UNREACHABLE', `${from.href} redirects to where we do not follow.`, {
      url: from.href,
      location,
    });
  }
  return to;
}

async function* chunksOf(
  answer: OpenAnswer,
  quiet: Silence,
  signal: AbortSignal,
  start: URL,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of answer.body) {
      quiet.broken();
      yield chunk;
      // While the reader writes to disk, the mirror is not silent: it waits for us.
      quiet.broken();
    }
  } catch (error) {
    throw fault(error, signal, start);
  } finally {
    quiet.end();
    answer.close();
  }
}

function fault(error: unknown, signal: AbortSignal, url: URL): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof CodedError) return error;
  const { fault: kind, message } = error as Fault;
  return kind === 'forbidden'
    ? new CodedError(
        'OUTBOUND_REFUSED',
        `${url.href} may not be called: ${message}.`,
        { url: url.href },
        error,
      )
    : new CodedError(
        'STREAM_UNREACHABLE',
        `${url.href} cannot be read: ${message}`,
        { url: url.href },
        error,
      );
}

/** Aborts when nothing is heard for a while. */
class Silence {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(limitMs: number) {
    this.#timer = setTimeout(() => this.#controller.abort(new Error(`silent for ${limitMs} ms`)), limitMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  broken(): void {
    this.#timer.refresh();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
