import { CodedError } from '../model/index.ts';

/** A mirror may point to its nearest copy; more than this is a loop (docs/security.md, rule 34). */
const maxRedirects = 3;
/** A mirror that says nothing for this long, before or within a body, is gone; the fetch goes on from there later. */
const silenceMs = 60_000;

export interface HttpBody {
  readonly status: number;
  readonly headers: Headers;
  readonly url: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/**
 * GET with an end to everything: redirects, silence, and the caller's patience. What the network does wrong is
 * STREAM_UNREACHABLE; an abort of `signal` passes as its own reason.
 */
export async function get(
  start: URL,
  options: {
    readonly headers?: Readonly<Record<string, string>>;
    readonly signal: AbortSignal;
    readonly silence?: number;
  },
): Promise<HttpBody> {
  const quiet = new Silence(options.silence ?? silenceMs);
  const signal = AbortSignal.any([options.signal, quiet.signal]);
  let url = start;
  try {
    for (let redirects = 0; ; redirects += 1) {
      const response = await fetch(url, {
        redirect: 'manual',
        signal,
        // Files are fetched as they are hashed, and counted by their declared size.
        headers: { ...options.headers, 'accept-encoding': 'identity' },
      });
      const location = response.headers.get('location');
      if (response.status < 300 || response.status > 399 || location === null) {
        return {
          status: response.status,
          headers: response.headers,
          url: url.href,
          chunks: chunksOf(response, quiet, options.signal, start),
        };
      }
      await response.body?.cancel();
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
  response: Response,
  quiet: Silence,
  signal: AbortSignal,
  start: URL,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response.body ?? []) {
      quiet.broken();
      yield chunk;
      // While the reader writes to disk, the mirror is not silent: it waits for us.
      quiet.broken();
    }
  } catch (error) {
    throw fault(error, signal, start);
  } finally {
    quiet.end();
  }
}

function fault(error: unknown, signal: AbortSignal, url: URL): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof CodedError) return error;
  const { cause, message } = error as Error;
  const why = cause instanceof Error && cause.message ? cause.message : message;
  return new CodedError('STREAM_UNREACHABLE', `${url.href} cannot be read: ${why}`, { url: url.href }, error);
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
