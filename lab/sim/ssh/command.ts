/**
 * The words of a command as a shell would see them: single quotes and backslashes, which is all that the controller's
 * quoting writes. Undefined when the text is more than one simple command.
 */
export function shellWords(text: string): readonly string[] | undefined {
  const words: string[] = [];
  let at = 0;
  while (at < text.length) {
    if (text[at] === ' ') {
      at += 1;
      continue;
    }
    let word = '';
    while (at < text.length && text[at] !== ' ') {
      const character = text[at] as string;
      if (character === "'") {
        const end = text.indexOf("'", at + 1);
        if (end < 0) return undefined;
        word += text.slice(at + 1, end);
        at = end + 1;
      } else if (character === '\\') {
        word += text[at + 1] ?? '';
        at += 2;
      } else if (/[\n;&|<>$`"()]/.test(character)) {
        return undefined;
      } else {
        word += character;
        at += 1;
      }
    }
    words.push(word);
  }
  return words;
}

/** What the controller sends: a bounded command, or the attachment to a job. */
export type Command =
  | { readonly kind: 'run'; readonly script: string }
  | {
      readonly kind: 'job';
      readonly name: string;
      readonly deadlineMs: number;
      readonly offset: number;
      readonly id: string;
      readonly scriptBytes: number;
      readonly tailBytes: number;
    };

export function readCommand(text: string): Command {
  const words = shellWords(text) ?? [];
  if (words[0] === 'exec' && words[4] === 'rackwright-job') {
    const [name = '', deadline, offset, id = '', length, , tail] = words.slice(5);
    return {
      kind: 'job',
      name,
      deadlineMs: Number(deadline) * 1000,
      offset: Number(offset),
      id,
      scriptBytes: Number(length),
      tailBytes: Number(tail),
    };
  }
  // timeout -k 5 SECONDS sh -c SCRIPT
  if (words[0] === 'timeout' && words[4] === 'sh' && words[5] === '-c' && words.length === 7)
    return { kind: 'run', script: words[6] as string };
  return { kind: 'run', script: text };
}
