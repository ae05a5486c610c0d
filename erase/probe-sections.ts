/** Begins a line that names the section after it. */
export const PROBE_MARK = '==rackwright-erase== ';

export function probeSections(output: string): ReadonlyMap<string, string> {
  const parts = output.split(`\n${PROBE_MARK}`).slice(1);
  return new Map(
    parts.map((part) => {
      const end = part.indexOf('\n');
      return end < 0 ? [part.trim(), ''] : [part.slice(0, end).trim(), part.slice(end + 1)];
    }),
  );
}
