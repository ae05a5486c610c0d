import { CsvError, type InfoRecord, parse } from 'csv-parse/sync';

/** One record and the line that it begins in, from 1. */
export interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
}

export interface CsvFault {
  readonly line: number;
  readonly what: string;
}

const faults: Readonly<Record<string, string>> = {
  INVALID_OPENING_QUOTE: 'a quote in a cell that does not begin with one',
  CSV_INVALID_CLOSING_QUOTE: 'text after a closing quote',
  CSV_QUOTE_NOT_CLOSED: 'a quote that is never closed',
};

/**
 * RFC 4180, section 2, with LF as well as CRLF, and an optional byte order mark. Strict: a quote inside a bare cell or text
 * after a closing quote is a fault, not a guess. Empty lines are no records. CRLF within a cell becomes LF.
 */
export function readCsv(text: string): readonly CsvRecord[] | CsvFault {
  try {
    // With `info`, each record comes with where it ends; the library counts CRLF between quotes as two lines.
    const found = parse(text.replaceAll(/\r(\n|$)/g, '\n'), {
      bom: true,
      info: true,
      record_delimiter: '\n',
      relax_column_count: true,
      skip_empty_lines: true,
    }) as unknown as readonly { readonly info: InfoRecord; readonly record: readonly string[] }[];
    return found
      .map(({ info, record }) => ({ line: info.lines - lineEndsIn(record), cells: record }))
      .filter(({ cells }) => cells.length > 1 || cells[0] !== '');
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { code, lines } = error as CsvError & { readonly lines?: number };
    return { line: lines ?? 1, what: faults[code] ?? 'it is no CSV' };
  }
}

function lineEndsIn(cells: readonly string[]): number {
  return cells.reduce((sum, cell) => sum + (cell.match(/[\r\n]/g)?.length ?? 0), 0);
}
