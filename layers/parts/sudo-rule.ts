import { lines, type Shell, shell } from '../../remote/index.ts';
import { hasText } from './file-step.ts';

/** Exit status 0 when sudo heeds exactly this text from that file. */
export function hasSudoRule(file: string, rule: string): Shell {
  return shell`${hasText(file, rule)} && [ "$(stat -c '%U %a' ${file})" = 'root 440' ]`;
}

/** Whole or not at all: a file that sudo cannot read locks everybody out. */
export function putSudoRule(file: string, rule: string): Shell {
  return lines(
    shell`draft=$(mktemp)`,
    shell`trap 'rm -f "$draft"' EXIT`,
    shell`printf %s ${rule} >"$draft"`,
    shell`visudo -q -c -f "$draft"`,
    // sudo skips names with a dot in them: the draft is never in force.
    shell`install -o root -g root -m 0440 "$draft" ${file}.rackwright-new`,
    shell`mv ${file}.rackwright-new ${file}`,
  );
}
