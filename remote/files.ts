import { randomBytes } from 'node:crypto';
import { CodedError } from '../model/index.ts';
import type { Connection } from './connection.ts';
import { type ExecResult, exec } from './exec.ts';
import { printable } from './log-lines.ts';
import { lines, shell } from './shell.ts';

/** A slow machine takes its time for large files: a floor of 128 KiB a second. */
const fileTimeoutMs = (bytes: number) => 60_000 + bytes / 128;

export async function writeFile(
  connection: Connection,
  path: string,
  content: string | Uint8Array,
  mode: number,
): Promise<void> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const draft = `${path}.rw-${randomBytes(6).toString('hex')}`;
  const script = lines(
    shell`set -eu`,
    shell`umask 077`,
    shell`trap ${shell`rm -f -- ${draft}`.text} EXIT`,
    shell`cat > ${draft}`,
    // A connection that breaks in the middle looks like the end of the input.
    shell`test "$(wc -c < ${draft})" -eq ${bytes.length}`,
    shell`chmod ${mode.toString(8).padStart(4, '0')} ${draft}`,
    shell`mv -fT -- ${draft} ${path}`,
  );
  const result = await exec(connection, script, { input: bytes, timeoutMs: fileTimeoutMs(bytes.length) });
  if (result.exitCode !== 0) throw failed(connection, `${path} could not be written`, result);
}

export async function readFile(connection: Connection, path: string, maxBytes: number): Promise<Uint8Array> {
  // One byte more than allowed tells "full" from "too long" without sending the rest.
  const script = shell`test -f ${path} && exec head -c ${maxBytes + 1} -- ${path}`;
  const result = await exec(connection, script, {
    maxOutputBytes: maxBytes + 4096,
    timeoutMs: fileTimeoutMs(maxBytes),
  });
  if (result.exitCode !== 0) throw failed(connection, `${path} could not be read`, result);
  if (result.stdout.length <= maxBytes) return result.stdout;
  throw new CodedError(
    'REMOTE_OUTPUT_REFUSED',
    `${path} on ${connection.address} is longer than ${maxBytes} bytes.`,
    { address: connection.address, path, maxBytes },
  );
}

function failed(connection: Connection, what: string, result: ExecResult): CodedError {
  const said = printable(result.stderr.toString()).slice(0, 300).trim();
  return new CodedError(
    'REMOTE_COMMAND_FAILED',
    `On ${connection.address}, ${what}: ${said || `exit status ${result.exitCode}`}`,
    { address: connection.address, exitCode: result.exitCode },
  );
}
