import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCsv } from '../../api/declared/read-csv.ts';

describe('CSV', () => {
  test('what is written by RFC 4180 is read as it was', () => {
    const cell = fc.oneof(fc.string(), fc.constantFrom('', '"', '""', ',', '\n', '\r\n', 'a"b,c', '\ufeff'));
    const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(
        fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 6 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        (rows, end, endsWithNewline) => {
          const text = rows.map((row) => row.map(quote).join(',')).join(end) + (endsWithNewline ? end : '');
          const read = readCsv(text);
          expect('what' in read ? read : read.map(({ cells }) => cells)).toEqual(
            rows.map((row) => row.map((text) => text.replaceAll('\r\n', '\n'))),
          );
          let line = 1;
          const lines = rows.map((row) => {
            const first = line;
            line += 1 + row.flatMap((cell) => cell.match(/\r\n|\n|\r/g) ?? []).length;
            return first;
          });
          expect('what' in read ? read : read.map((record) => record.line)).toEqual(lines);
        },
      ),
    );
  });

  test('bare cells, empty lines, a byte order mark, and the lines that records begin in', () => {
    expect(readCsv('\ufeffa,b\r\n\r\n1,"x\ny"\n,\n')).toEqual([
      { line: 1, cells: ['a', 'b'] },
      { line: 3, cells: ['1', 'x\ny'] },
      { line: 5, cells: ['', ''] },
    ]);
    expect(readCsv('')).toEqual([]);
  });

  test.each([
    ['a,b\nx"y,1', 2, /quote in a cell/],
    ['a,b\n"x"y,1', 2, /after a closing quote/],
    ['a,b\n1,"x\n', 2, /never closed/],
  ])('%j is a fault in line %i', (text, line, what) => {
    expect(readCsv(text)).toEqual({ line, what: expect.stringMatching(what) });
  });

  test('anything at all is read or refused, and quickly', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', 'a'), maxLength: 200 }), (text) => {
        expect(readCsv(text)).toBeDefined();
      }),
    );
  });
});
