import { type IncomingMessage, request as httpRequest } from 'node:http';
import { connect, type Destination } from './connect.ts';
import { type Fault, fault } from './fault.ts';

export interface Ask {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
}

/** Slow BMCs take half a minute for a change. */
const answerTimeoutMs = 60_000;
const maxAnswerBytes = 1024 * 1024;

/** An answer whose body is still on its way: it is read to its end, or closed. */
export interface OpenAnswer {
  readonly status: number;
  readonly headers: HttpAnswer['headers'];
  readonly body: AsyncIterable<Buffer>;
  readonly close: () => void;
}

/**
 * One request on one connection, redirects not followed. The connection is made and judged first, so that whoever
 * is not the right one never sees a header. The signal of `ask` also ends the body.
 * @throws Fault, or the reason of the signal
 */
export async function open(to: Destination, { signal, ...ask }: Ask): Promise<OpenAnswer> {
  signal?.throwIfAborted();
  const body = ask.json === undefined ? undefined : JSON.stringify(ask.json);
  const socket = await connect(to, signal ?? new AbortController().signal);
  try {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const sent = httpRequest({
      createConnection: () => socket,
      method: ask.method,
      path: to.url.pathname + to.url.search,
      ...(signal && { signal }),
      headers: {
        host: to.url.host,
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...ask.headers,
        connection: 'close',
      },
    });
    sent.once('response', resolve).on('error', reject);
    sent.end(body);
    const answer = await promise;
    return {
      status: answer.statusCode ?? 0,
      headers: Object.fromEntries(
        Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
      ),
      body: answer,
      close: () => socket.destroy(),
    };
  } catch (error) {
    socket.destroy();
    throw judged(error, signal);
  }
}

/** The same, with a whole answer of at most 1 MiB, within a minute. */
export async function request(to: Destination, ask: Ask): Promise<HttpAnswer> {
  const deadline = AbortSignal.timeout(answerTimeoutMs);
  const signal = ask.signal ? AbortSignal.any([ask.signal, deadline]) : deadline;
  try {
    const { status, headers, body, close } = await open(to, { ...ask, signal });
    try {
      return { status, headers, text: await textOf(body) };
    } catch (error) {
      throw judged(error, signal);
    } finally {
      close();
    }
  } catch (error) {
    if (deadline.aborted && !ask.signal?.aborted)
      throw fault('unreachable', `no answer within ${answerTimeoutMs / 1000} s`);
    throw error;
  }
}

function judged(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  if ((error as Partial<Fault>).fault) return error;
  const isGarbled = (error as { code?: string }).code?.startsWith('HPE_') === true;
  return fault(isGarbled ? 'garbled' : 'unreachable', (error as Error).message);
}

async function textOf(answer: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    size += chunk.length;
    if (size > maxAnswerBytes) throw fault('garbled', 'more than 1 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
