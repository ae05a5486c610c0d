import { isSeq, LineCounter, parseDocument } from 'yaml';
import { CodedError } from '../../model/index.ts';
import type { DeclaredFile } from './declared-file.ts';
import { faultAt } from './fault.ts';

/** `machines:` with a list. YAML 1.2: `on`, `no` and `010` are what they look like. Anchors are refused: they multiply. */
export function readYamlFile(text: string): DeclaredFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, strict: true, uniqueKeys: true });
  const [error] = document.errors;
  if (error) {
    const said = error.message.split('\n')[0] ?? 'it cannot be read';
    throw faultAt(lines.linePos(error.pos[0]).line, '', said.replace(/ at line \d+, column \d+:?$/, ''));
  }
  const list = document.get('machines', true);
  if (!isSeq(list))
    throw new CodedError('REQUEST_INVALID', 'machines: a list of machines is expected', {
      field: 'machines',
    });
  const whole = toPlain(document.toJS.bind(document));
  for (const field of Object.keys(whole)) {
    if (field !== 'machines') throw faultAt(1, field, 'there is no such field beside machines');
  }
  return {
    machines: whole['machines'] as readonly unknown[],
    lineOf(machine, path) {
      for (let depth = path.length; depth >= 0; depth -= 1) {
        const place = ['machines', machine, ...path.slice(0, depth)];
        const node = document.getIn(place, true) as { readonly range?: readonly number[] } | undefined;
        const start = node?.range?.[0];
        if (start !== undefined) return lines.linePos(start).line;
      }
      return 1;
    },
  };
}

function toPlain(convert: (options: { maxAliasCount: number }) => unknown): Record<string, unknown> {
  try {
    return convert({ maxAliasCount: 0 }) as Record<string, unknown>;
  } catch {
    throw new CodedError('REQUEST_INVALID', 'anchors and aliases are not taken');
  }
}
