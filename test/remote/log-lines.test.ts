import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logLines, printable } from '../../remote/log-lines.ts';
import { nastyStrings } from '../fixtures/nasty-strings.ts';

function read(chunks: readonly Uint8Array[], start = 0) {
  const lines: { line: string; offset: number }[] = [];
  const log = logLines(start, (line, offset) => lines.push({ line, offset }));
  for (const chunk of chunks) log.push(chunk);
  const beforeEnd = log.offset;
  log.end();
  return { lines, beforeEnd, end: log.offset };
}

describe('the lines of a log', () => {
  it('carry the offset after each, and go on from any of them', () => {
    const text = Buffer.from('one\ntwo\n\nfünf\nrest');
    const whole = read([text]);
    expect(whole.lines.map(({ line }) => line)).toEqual(['one', 'two', '', 'fünf', 'rest']);
    expect(whole.beforeEnd).toBe(text.length - 4);
    for (const [index, { offset }] of whole.lines.entries()) {
      expect(read([text.subarray(offset)], offset).lines).toEqual(whole.lines.slice(index + 1));
    }
  });

  it('do not depend on how the bytes arrive', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.array(fc.nat(50)), (text, cuts) => {
        const bytes = Buffer.from(text);
        const chunks: Uint8Array[] = [];
        let at = 0;
        for (const cut of cuts) {
          chunks.push(bytes.subarray(at, at + cut));
          at += cut;
        }
        chunks.push(bytes.subarray(at));
        expect(read(chunks)).toEqual(read([bytes]));
        expect(read(chunks).end).toBe(bytes.length);
      }),
    );
  });

  it('are cut at 1 KiB, and the offsets still count every byte', () => {
    const long = Buffer.from(`${'a'.repeat(1024)}\n${'b'.repeat(1025)}\n${'c'.repeat(1_000_000)}\nend\n`);
    const { lines, end } = read([long]);
    expect(lines.map(({ line }) => line.length)).toEqual([1024, 1024, 1024, 3]);
    expect(end).toBe(long.length);
  });

  it('show the last version of what a progress bar overwrote', () => {
    expect(read([Buffer.from('10 %\r20 %\r30 %\r\n')]).lines[0]?.line).toBe('30 %');
  });

  it('hold no control character and no escape sequence', () => {
    for (const text of nastyStrings) {
      for (const { line } of read([Buffer.from(text)]).lines)
        expect(line).not.toMatch(/[\x00-\x08\x0a-\x1f\x7f-\x9f\u202e\u2028]/u);
    }
    expect(printable('\x1b[31mred\x1b[0m \x1b]0;title\x07\ttab')).toBe('red \ttab');
  });
});
