/** Text for terminals. Whatever a machine said passes through `clean` before it is printed (rules 12 and 35). */

/**
 * C0 and C1 controls, DEL, and what reorders or hides text (Unicode TR 36, section 2.5). Whole ANSI sequences go, so
 * that their tails do not stay as litter.
 */
export function clean(value: unknown): string {
  return String(value)
    .replace(
      /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|\x1b[@-_]/g,
      '',
    )
    .replace(/[\t\r\n]+/g, ' ')
    .replace(/[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, '');
}

/** `8s`, `4m`, `1h 12m`, `3d 4h`: two units at most. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m ${seconds % 60}s`;
  if (minutes < 60) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours}h` : `${hours}h ${minutes % 60}m`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${days}d` : `${days}d ${hours % 24}h`;
}

/** What a step waits for is a thing, `r1-u1 to say hello`, or a sentence that asks a person for something. */
export function waiting(what: string): string {
  return /^[A-Z][a-z]+ /.test(what) ? clean(what) : `waits for ${clean(what)}`;
}

export function since(at: string, now: Date): string {
  return duration(now.getTime() - Date.parse(at));
}

/** `14:02:31Z`: one clock for people in several places. */
export function clock(at: string): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? '?' : `${date.toISOString().slice(11, 19)}Z`;
}

/** `512 MiB`, `3.8 TiB`. */
export function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value >= 10 || Number.isInteger(value) ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** Cells that a terminal gives a text: wide East Asian characters take two. */
export function width(text: string): number {
  let cells = 0;
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (/\p{Mark}/u.test(character)) continue;
    cells +=
      code >= 0x1100 &&
      /\p{Script=Han}|\p{Script=Hangul}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Emoji_Presentation}|[\uff00-\uff60]/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return cells;
}
