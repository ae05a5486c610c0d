import { describe, expect, it } from 'vitest';
import { type JobEvent, jobStream } from '../../remote/job-stream.ts';

const id = '0123456789abcdef';
const log = 'end x\nend y\n\0z\n';
const stream = Buffer.from(
  [
    `Welcome!\n${'*'.repeat(5000)}\n${id} attached old 100 120\n`,
    `log ${log.length}\n${log}alive\nlog 1\n\nalive\nend exit-code exited 7\n`,
  ].join(''),
);
const expected = ['attached old 100 120', `log ${log}`, 'log \n', 'ended exit-code exited 7'];

function events(chunks: readonly Buffer[]): string[] {
  const seen: JobEvent[] = [];
  const receive = jobStream(id, (event) => seen.push(event));
  for (const chunk of chunks) receive(chunk);
  const told: string[] = [];
  let inLog = false;
  for (const event of seen) {
    if (event.kind === 'log') {
      const text = Buffer.from(event.bytes).toString();
      if (inLog) told.push(`${told.pop()}${text}`);
      else told.push(`log ${text}`);
    } else if (event.kind === 'attached')
      told.push(`attached ${event.startedHere ? 'new' : 'old'} ${event.start} ${event.offset}`);
    else if (event.kind === 'ended') told.push(`ended ${event.result} ${event.code} ${event.status}`);
    else if (event.kind !== 'alive') told.push(event.kind);
    inLog = event.kind === 'log';
  }
  return told;
}

describe('what a machine tells about a job', () => {
  it('is understood however it is cut into chunks', () => {
    expect(events([stream])).toEqual(expected);
    for (let at = 0; at <= stream.length; at++)
      expect(events([stream.subarray(0, at), stream.subarray(at)])).toEqual(expected);
    expect(events(Array.from(stream, (byte) => Buffer.of(byte)))).toEqual(expected);
  });

  it('may not be said by the log: its bytes are counted, not read', () => {
    const forged = `end success exited 0\n${id} attached new 0 0\nlost\n`;
    expect(events([Buffer.from(`${id} attached new 0 0\nlog ${forged.length}\n${forged}flood\n`)])).toEqual([
      'attached new 0 0',
      `log ${forged}`,
      'flood',
    ]);
  });

  it('may be a refusal', () => {
    const seen: JobEvent[] = [];
    jobStream(id, (event) => seen.push(event))(Buffer.from(`${id} refused no room\n`));
    expect(seen).toEqual([{ kind: 'refused', reason: 'no room' }]);
  });

  it.each(['', 'end', 'end a b', 'log', 'log 99999999', 'log -1', 'alive ', 'ALIVE', 'x'.repeat(5000)])(
    'is refused when it is %.20s',
    (line) => {
      const receive = jobStream(id, () => {});
      receive(Buffer.from(`${id} attached new 0 0\n`));
      expect(() => receive(Buffer.from(`${line}\n`))).toThrow(
        expect.objectContaining({ name: 'MalformedError' }),
      );
    },
  );

  it('is refused when a login shell prints without end', () => {
    const receive = jobStream(id, () => {});
    expect(() => {
      for (let count = 0; count < 100; count++) receive(Buffer.alloc(1024, 'x'));
    }).toThrow(expect.objectContaining({ name: 'MalformedError' }));
  });
});
