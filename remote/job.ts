import { randomBytes } from 'node:crypto';
import { constants } from 'node:os';
import { CodedError } from '../model/index.ts';
import { MalformedError } from '../net/index.ts';
import { byteTail } from './byte-tail.ts';
import type { Connection } from './connection.ts';
import type { JobOptions, JobResult } from './host.ts';
import { attachCommand, maxLogBytes, tailBytes } from './job-script.ts';
import { type JobEvent, jobStream } from './job-stream.ts';
import { logLines, printable } from './log-lines.ts';
import type { Shell } from './shell.ts';

/**
 * An attached job says at least "alive" every second or two. When sshd still answers keepalives and the job's channel
 * says nothing for this long, the machine is stuck; a new connection finds out.
 */
const silenceMs = 90_000;
/** The script on the machine sends what there is before it notices that it is too much, and then stops the job. */
const maxReceivedBytes = maxLogBytes + 8 * 1024 * 1024;

export async function job(
  connection: Connection,
  name: string,
  script: Shell,
  options: JobOptions,
): Promise<JobResult> {
  const { signal } = options;
  signal?.throwIfAborted();
  // It becomes a folder, a unit name and a word of ExecStopPost=.
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name))
    throw new CodedError('REQUEST_INVALID', `${JSON.stringify(name)} cannot be the name of a remote job.`);

  const { promise, resolve, reject } = Promise.withResolvers<JobResult>();
  const onAbort = () => reject(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const silence = setTimeout(() => reject(silent(connection, name)), silenceMs);

  const id = randomBytes(8).toString('hex');
  const offset = options.offset ?? 0;
  const input = Buffer.from(`${script.text}\n`);
  const deadlineSeconds = Math.max(1, Math.ceil(options.deadlineMs / 1000));
  const follow = follower(connection, name, options, resolve, reject);
  const receive = jobStream(id, follow);

  const opening = connection.exec(
    attachCommand({ name, deadlineSeconds, offset, id, scriptBytes: input.length }).text,
    (channel) => {
      let exited = false;
      const said = byteTail(300);
      channel.on('data', (chunk: Buffer) => {
        silence.refresh();
        try {
          receive(chunk);
        } catch (error) {
          reject(error instanceof MalformedError ? refused(connection, name, error.message) : error);
        }
      });
      channel.stderr.on('data', (chunk: Buffer) => said.push(chunk));
      channel.once('exit', () => {
        exited = true;
      });
      // Does nothing when the end was told before.
      channel.once('close', () =>
        reject(exited ? failed(connection, name, printable(said.text())) : connection.brokenError()),
      );
      channel.once('error', () => {});
      channel.end(input);
    },
  );
  opening.catch(reject);
  try {
    return await promise;
  } finally {
    clearTimeout(silence);
    signal?.removeEventListener('abort', onAbort);
    // The follower on the machine dies of it at its next word; the job does not.
    void opening.then(
      (channel) => channel.destroy(),
      () => {},
    );
  }
}

/** Turns what the machine tells into lines for the caller and, in the end, a result. */
function follower(
  connection: Connection,
  name: string,
  options: JobOptions,
  resolve: (result: JobResult) => void,
  reject: (error: unknown) => void,
): (event: JobEvent) => void {
  const tail = byteTail(tailBytes);
  let startedHere = false;
  let skip = 0;
  let received = 0;
  let log = logLines(0, () => {});

  return (event) => {
    switch (event.kind) {
      case 'attached': {
        startedHere = event.startedHere;
        skip = event.offset - event.start;
        log = logLines(event.offset, (line, offset) => options.onLine?.(line, offset));
        options.onAlive?.(log.offset);
        return;
      }
      case 'log': {
        // The script on the machine keeps this bound too; a machine that lies does not (docs/security.md, rule 11).
        received += event.bytes.length;
        if (received > maxReceivedBytes) return reject(flooded(connection, name));
        tail.push(event.bytes);
        const known = Math.min(skip, event.bytes.length);
        skip -= known;
        log.push(event.bytes.subarray(known));
        return;
      }
      case 'alive':
        options.onAlive?.(log.offset);
        return;
      case 'ended': {
        log.end();
        if (event.result === 'timeout') return reject(deadline(connection, name, options.deadlineMs));
        const exitCode = exitCodeOf(event.code, event.status);
        return resolve({ exitCode, startedHere, tail: printableLines(tail.text()) });
      }
      case 'overdue':
        return reject(deadline(connection, name, options.deadlineMs));
      case 'lost':
        return reject(failed(connection, name, 'systemd knows it no more, and no result was left'));
      case 'refused':
        return reject(failed(connection, name, printable(event.reason)));
      case 'flood':
        return reject(flooded(connection, name));
    }
  };
}

/** As a shell would say it: 128 and the signal's number. */
function exitCodeOf(code: string, status: string): number {
  if (code === 'exited') return Number(status);
  const signals = constants.signals as Readonly<Record<string, number | undefined>>;
  return 128 + (signals[`SIG${status}`] ?? 0);
}

function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

function deadline(connection: Connection, name: string, deadlineMs: number): CodedError {
  const message = `The job ${name} on ${connection.address} ran longer than ${deadlineMs / 1000} s and was stopped.`;
  return new CodedError('STEP_DEADLINE', message, { address: connection.address, job: name, deadlineMs });
}

function failed(connection: Connection, name: string, said: string): CodedError {
  const message = `The job ${name} on ${connection.address} could not be run: ${said.trim().slice(0, 300)}`;
  return new CodedError('REMOTE_COMMAND_FAILED', message, { address: connection.address, job: name });
}

function refused(connection: Connection, name: string, why: string): CodedError {
  const message = `The job ${name} on ${connection.address} was not followed further: ${why}.`;
  return new CodedError('REMOTE_OUTPUT_REFUSED', message, { address: connection.address, job: name });
}

function flooded(connection: Connection, name: string): CodedError {
  return refused(connection, name, `its log is longer than ${maxLogBytes} bytes`);
}

function silent(connection: Connection, name: string): CodedError {
  const message = `${connection.address} has said nothing about the job ${name} for ${silenceMs / 1000} s.`;
  return new CodedError('SSH_UNREACHABLE', message, { address: connection.address, job: name });
}
