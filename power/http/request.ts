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

/**
 * One request on one connection, redirects not followed. The connection is made and judged first, so that whoever
 * is not the right one never sees a header.
 * @throws Fault, or the reason of the signal
 */
export async function request(to: Destination, ask: Ask): Promise<HttpAnswer> {
  const deadline = AbortSignal.timeout(answerTimeoutMs);
  const signal = ask.signal ? AbortSignal.any([ask.signal, deadline]) : deadline;
  signal.throwIfAborted();
  const body = ask.json === undefined ? undefined : JSON.stringify(ask.json);
  const socket = await connect(to, signal);
  try {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const sent = httpRequest({
      createConnection: () => socket,
      method: ask.method,
      path: to.url.pathname + to.url.search,
      signal,
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
      text: await textOf(answer),
    };
  } catch (error) {
    if (ask.signal?.aborted) throw ask.signal.reason;
    if (deadline.aborted) throw fault('unreachable', `no answer within ${answerTimeoutMs / 1000} s`);
    if ((error as Partial<Fault>).fault) throw error;
    const isGarbled = (error as { code?: string }).code?.startsWith('HPE_') === true;
    throw fault(isGarbled ? 'garbled' : 'unreachable', (error as Error).message);
  } finally {
    socket.destroy();
  }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxAnswerBytes) throw fault('garbled', 'more than 1 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
