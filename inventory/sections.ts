import { limits, tooMuch } from './limits.ts';

/** A line that no tool prints by itself: the frame of one source in the output of the collecting script. */
export const SECTION_MARK = '@@rackwright ';

/** Output of the collecting script → its sources. Of two with one name the first counts: the script writes each once. */
export function splitSections(output: string): ReadonlyMap<string, string> {
  if (Buffer.byteLength(output) > limits.bytes) throw tooMuch('bytes of inventory', limits.bytes);
  const sections = new Map<string, string>();
  for (const part of `\n${output}`.split(`\n${SECTION_MARK}`).slice(1)) {
    const end = part.indexOf('\n');
    const name = (end === -1 ? part : part.slice(0, end)).trim();
    if (!sections.has(name)) sections.set(name, end === -1 ? '' : part.slice(end + 1));
  }
  return sections;
}

/** `name=value` lines. */
export function parsePairs(text: string): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    if (at > 0) pairs.set(line.slice(0, at), line.slice(at + 1));
  }
  return pairs;
}
