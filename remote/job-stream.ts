import { MalformedError } from '../net/index.ts';

/**
 * What the machine tells about a job, on one stream:
 *
 *     <id> attached new|old <start> <offset>   or: <id> refused <reason>
 *     log <count>                              then <count> bytes of the log
 *     alive
 *     end <service result> <exited|killed|dumped> <exit status or signal>     systemd.exec(5), $SERVICE_RESULT
 *     overdue | lost | flood
 */
export type JobEvent =
  /** Bytes of the log come from `start`; those before `offset` are known to the caller. */
  | {
      readonly kind: 'attached';
      readonly startedHere: boolean;
      readonly start: number;
      readonly offset: number;
    }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'log'; readonly bytes: Uint8Array }
  | { readonly kind: 'alive' }
  | { readonly kind: 'ended'; readonly result: string; readonly code: string; readonly status: string }
  | { readonly kind: 'overdue' }
  | { readonly kind: 'lost' }
  | { readonly kind: 'flood' };

/** Before our first line a login shell may print what it likes. */
const maxNoiseBytes = 64 * 1024;
const maxLineBytes = 4096;

/** Returns where to put what arrives. @throws MalformedError when a line is none of ours. */
export function jobStream(id: string, onEvent: (event: JobEvent) => void): (chunk: Uint8Array) => void {
  let line: Buffer[] = [];
  let lineBytes = 0;
  let noiseBytes = 0;
  let logBytes = 0;
  let attached = false;

  const onLine = (text: string) => {
    if (!attached) {
      const event = text.startsWith(`${id} `) ? parseFirst(text.slice(id.length + 1)) : undefined;
      if (!event) return;
      attached = true;
      onEvent(event);
      return;
    }
    const count = /^log (\d{1,7})$/.exec(text)?.[1];
    if (count === undefined) onEvent(parseLine(text));
    else logBytes = Number(count);
  };

  return (chunk) => {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    while (rest.length > 0) {
      if (logBytes > 0) {
        const bytes = rest.subarray(0, logBytes);
        logBytes -= bytes.length;
        rest = rest.subarray(bytes.length);
        onEvent({ kind: 'log', bytes });
        continue;
      }
      const newline = rest.indexOf(10);
      const part = newline === -1 ? rest : rest.subarray(0, newline);
      line.push(part);
      lineBytes += part.length;
      if (!attached) noiseBytes += part.length;
      if (lineBytes > maxLineBytes && (attached || noiseBytes > maxNoiseBytes))
        throw new MalformedError('a job speaks a line that is too long');
      if (newline === -1) return;
      const text = Buffer.concat(line).toString();
      line = [];
      lineBytes = 0;
      rest = rest.subarray(newline + 1);
      onLine(text);
    }
  };
}

function parseFirst(text: string): JobEvent | undefined {
  const [, who, start, offset] = /^attached (new|old) (\d{1,15}) (\d{1,15})$/.exec(text) ?? [];
  if (who !== undefined) {
    return {
      kind: 'attached',
      startedHere: who === 'new',
      start: Number(start),
      offset: Number(offset),
    };
  }
  const reason = /^refused (.*)$/.exec(text)?.[1];
  return reason === undefined ? undefined : { kind: 'refused', reason };
}

function parseLine(text: string): JobEvent {
  if (text === 'alive' || text === 'overdue' || text === 'lost' || text === 'flood') return { kind: text };
  const [, result, code, status] = /^end (\S+) (\S+) (\S+)$/.exec(text) ?? [];
  if (result === undefined || code === undefined || status === undefined)
    throw new MalformedError(`a job says ${JSON.stringify(text.slice(0, 80))}`);
  return { kind: 'ended', result, code, status };
}
