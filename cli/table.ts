import { clean, width } from './text.ts';

/** Columns as wide as their widest cell, two spaces between them, nothing after the last. */
export function renderTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const lines = [header, ...rows].map((row) => header.map((_, index) => clean(row[index] ?? '')));
  const widths = header.map((_, index) => Math.max(...lines.map((line) => width(line[index] as string))));
  return lines.map((line) =>
    line
      .map((cell, index) => cell + ' '.repeat((widths[index] as number) - width(cell)))
      .join('  ')
      .trimEnd(),
  );
}

/** `now       text`: a label and what belongs to it, further lines below the first. */
export function renderPairs(pairs: readonly (readonly [string, readonly string[]])[]): readonly string[] {
  const broad = Math.max(...pairs.map(([label]) => label.length));
  return pairs.flatMap(([label, lines]) =>
    lines.map((line, index) => `${(index === 0 ? label : '').padEnd(broad)}  ${line}`.trimEnd()),
  );
}
