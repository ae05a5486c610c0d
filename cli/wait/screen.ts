import { width } from '../text.ts';

/** Draws over what it drew before. Lines are cut to the screen: a wrapped line would be left behind. */
export function createScreen(out: NodeJS.WriteStream): { draw(lines: readonly string[]): void } {
  let drawn = 0;
  return {
    draw(lines) {
      const columns = (out.columns || 80) - 1;
      // More than the screen is high cannot be drawn over; the newest lines are at the end.
      const shown = lines.slice(-Math.max((out.rows || 24) - 1, 1)).map((line) => cut(line, columns));
      const up = drawn > 0 ? `\x1b[${drawn}A` : '';
      out.write(`${up}\r\x1b[J${shown.join('\n')}\n`);
      drawn = shown.length;
    },
  };
}

/** Colour sequences take no room. */
function cut(line: string, columns: number): string {
  let room = columns;
  let result = '';
  for (const part of line.split(/(\x1b\[\d+m)/)) {
    if (part.startsWith('\x1b[')) {
      result += part;
      continue;
    }
    for (const character of part) {
      room -= width(character);
      if (room >= 0) result += character;
    }
  }
  return result;
}
