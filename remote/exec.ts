import { constants } from 'node:os';
import { CodedError } from '../model/index.ts';
import type { Connection } from './connection.ts';
import type { RunOptions } from './host.ts';
import { type Shell, shell } from './shell.ts';

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

const defaultTimeoutMs = 60_000;
const defaultMaxOutputBytes = 1024 * 1024;
/** Linux takes at most 128 KiB in one argument (MAX_ARG_STRLEN). What is larger goes by `input`. */
const maxCommandBytes = 100_000;

/** One command on one channel, to its end. */
export async function exec(
  connection: Connection,
  command: Shell,
  options: RunOptions = {},
): Promise<ExecResult> {
  const { signal, timeoutMs = defaultTimeoutMs, maxOutputBytes = defaultMaxOutputBytes } = options;
  signal?.throwIfAborted();
  if (Buffer.byteLength(command.text) > maxCommandBytes)
    throw new CodedError('REQUEST_INVALID', 'A remote command is too long; give its payload as input.');

  const { promise, resolve, reject } = Promise.withResolvers<ExecResult>();
  const onAbort = () => reject(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => reject(deadline(connection, timeoutMs)), timeoutMs);
  const opening = connection.exec(bounded(command, timeoutMs).text, (channel) => {
    const output: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
    let total = 0;
    const keep = (stream: 'stdout' | 'stderr') => (chunk: Buffer) => {
      total += chunk.length;
      if (total <= maxOutputBytes) output[stream].push(chunk);
      else reject(tooMuch(connection, maxOutputBytes));
    };
    let exitCode: number | undefined;
    channel.on('data', keep('stdout'));
    channel.stderr.on('data', keep('stderr'));
    channel.once('exit', (code: number | null, signalName?: string) => {
      exitCode = code ?? 128 + signalNumber(signalName);
    });
    channel.once('close', () => {
      if (exitCode === undefined) return reject(connection.brokenError());
      resolve({ exitCode, stdout: Buffer.concat(output.stdout), stderr: Buffer.concat(output.stderr) });
    });
    // A command may end without reading its input.
    channel.once('error', () => {});
    channel.end(options.input ?? '');
  });
  opening.catch(reject);
  try {
    return await promise;
  } catch (error) {
    void opening.then(
      (channel) => channel.destroy(),
      () => {},
    );
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

/**
 * sshd leaves the command of a broken connection alone, and takes no signals for root (OpenSSH: "session signalling
 * requires privilege separation"), so the machine itself ends what we stopped waiting for: 5 s after we did.
 * Also makes it `sh`, whatever the login shell is.
 */
function bounded(command: Shell, timeoutMs: number): Shell {
  return shell`timeout -k 5 ${Math.ceil(timeoutMs / 1000) + 5} sh -c ${command.text}`;
}

function deadline(connection: Connection, timeoutMs: number): CodedError {
  const message = `A command on ${connection.address} did not end within ${timeoutMs / 1000} s.`;
  return new CodedError('STEP_DEADLINE', message, { address: connection.address, timeoutMs });
}

function tooMuch(connection: Connection, maxOutputBytes: number): CodedError {
  const message = `A command on ${connection.address} printed more than ${maxOutputBytes} bytes.`;
  return new CodedError('REMOTE_OUTPUT_REFUSED', message, { address: connection.address, maxOutputBytes });
}

/** RFC 4254, section 6.10 names signals without "SIG". */
function signalNumber(name: string | undefined): number {
  const key = `SIG${(name ?? '').replace(/^SIG/, '')}`;
  return (constants.signals as Readonly<Record<string, number | undefined>>)[key] ?? 0;
}
