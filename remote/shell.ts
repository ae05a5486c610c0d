/**
 * The only writer of shell text. Words from elsewhere enter a command as `${value}` and always arrive as exactly one
 * quoted word (an array: as one word each); another `Shell` enters as it is.
 */

declare const shellBrand: unique symbol;
export interface Shell {
  readonly text: string;
  readonly [shellBrand]: true;
}

export type ShellValue = string | number | readonly (string | number)[] | Shell;

/** `shell\`mkfs.ext4 -L ${label} ${device}\`` */
export function shell(strings: TemplateStringsArray, ...values: readonly ShellValue[]): Shell {
  // The cooked text is ours, written in this repository; only values are foreign.
  const text = strings.reduce((sum, part, index) => {
    const value = values[index];
    return sum + part + (value === undefined ? '' : render(value));
  }, '');
  return { text } as Shell;
}

/** One command a line. */
export function lines(...commands: readonly Shell[]): Shell {
  return { text: commands.map((command) => command.text).join('\n') } as Shell;
}

/** POSIX 2.2.2: nothing is special between single quotes but the single quote itself. */
export function quoteWord(word: string): string {
  if (word.includes('\0')) throw new RangeError('a shell word cannot hold a NUL');
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

function render(value: ShellValue): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return quoteWord(value);
  if ('text' in value) return value.text;
  return value.map((word) => quoteWord(String(word))).join(' ');
}
