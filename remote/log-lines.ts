/** A longer line is cut: output of a machine is hostile until shown otherwise (docs/security.md, rule 11). */
const maxLineBytes = 1024;

/** Control characters, C1 included, and what reverses or hides text on a terminal. Tabs stay. */
const unprintable =
  /[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffd]/gu;
/** ECMA-48 control sequences and OSC strings: colours, titles, cursor movements. */
const escapeSequence = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])/g;

/** One line of text as it may be shown: no escape sequences, no control characters. */
export function printable(text: string): string {
  return text.replace(escapeSequence, '').replace(unprintable, '');
}

export interface LogLines {
  push(chunk: Uint8Array): void;
  /** The last line, if it has no newline. */
  end(): void;
  /** The byte after the last whole line: where another reader may go on. */
  readonly offset: number;
}

/** Cuts a byte stream into lines. Only "\n" ends a line; of what "\r" overwrote, the last version is kept. */
export function logLines(start: number, onLine: (line: string, offset: number) => void): LogLines {
  let offset = start;
  let kept: Buffer[] = [];
  let keptBytes = 0;
  let lineBytes = 0;

  const keep = (part: Buffer) => {
    lineBytes += part.length;
    const room = maxLineBytes - keptBytes;
    if (room <= 0) return;
    kept.push(part.subarray(0, room));
    keptBytes += Math.min(room, part.length);
  };
  const emit = (terminator: number) => {
    offset += lineBytes + terminator;
    const text = Buffer.concat(kept).toString();
    kept = [];
    keptBytes = 0;
    lineBytes = 0;
    onLine(printable(lastVersion(text)), offset);
  };

  return {
    push(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
      let from = 0;
      for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, from)) {
        keep(bytes.subarray(from, at));
        emit(1);
        from = at + 1;
      }
      keep(bytes.subarray(from));
    },
    end() {
      if (lineBytes > 0) emit(0);
    },
    get offset() {
      return offset;
    },
  };
}

/** Progress bars write "10 %\r20 %\r…": what a terminal would show in the end. */
function lastVersion(text: string): string {
  return text.replace(/\r+$/, '').replace(/^.*\r/s, '');
}
