/** One record and the line that it begins in, from 1. */
export interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
}

export interface CsvFault {
  readonly line: number;
  readonly what: string;
}

/**
 * RFC 4180, section 2, with LF as well as CRLF, and an optional byte order mark. Strict: a quote inside a bare cell or
 * text after a closing quote is a fault, not a guess. Empty lines are no records.
 */
export function readCsv(text: string): readonly CsvRecord[] | CsvFault {
  const records: CsvRecord[] = [];
  let line = 1;
  let at = text.startsWith('\ufeff') ? 1 : 0;
  while (at < text.length) {
    const first = line;
    const cells: string[] = [];
    for (;;) {
      const isQuoted = text[at] === '"';
      const cell = isQuoted ? quoted(text, at) : bare(text, at);
      if ('fault' in cell) return { line, what: cell.fault };
      cells.push(cell.value);
      line += cell.value.split('\n').length - 1;
      at = cell.end;
      if (text[at] !== ',') break;
      at += 1;
    }
    if (text[at] === '\r') at += 1;
    at += 1;
    line += 1;
    if (cells.length > 1 || cells[0] !== '') records.push({ line: first, cells });
  }
  return records;
}

type Cell = { readonly value: string; readonly end: number } | { readonly fault: string };

function bare(text: string, start: number): Cell {
  const length = text.slice(start).search(/[,\n]|\r\n|\r$/);
  const end = length < 0 ? text.length : start + length;
  const value = text.slice(start, end);
  if (value.includes('"')) return { fault: 'a quote in a cell that does not begin with one' };
  return value.includes('\r') ? { fault: 'a carriage return within a cell' } : { value, end };
}

function quoted(text: string, start: number): Cell {
  let value = '';
  let at = start + 1;
  for (;;) {
    const close = text.indexOf('"', at);
    if (close < 0) return { fault: 'a quote that is never closed' };
    value += text.slice(at, close);
    at = close + 1;
    if (text[at] !== '"') break;
    value += '"';
    at += 1;
  }
  const isEnd =
    at >= text.length || text[at] === ',' || text[at] === '\n' || /^\r(\n|$)/.test(text.slice(at, at + 2));
  return isEnd ? { value, end: at } : { fault: 'text after a closing quote' };
}
