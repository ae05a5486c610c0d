import { dirname } from 'node:path/posix';
import { lines, type Shell, shell } from '../../remote/index.ts';

/** Exit status 0 when the file has exactly this text, which must end with a line break. Costs no process. */
export function hasText(path: string, text: string): Shell {
  return shell`[ -f ${path} ] && [ "$(cat ${path})" = ${text.trimEnd()} ]`;
}

/** Whole or not at all, however often it is cut off. */
export function putText(path: string, text: string): Shell {
  const draft = `${path}.rackwright-new`;
  return lines(
    shell`mkdir -p ${dirname(path)}`,
    shell`printf %s ${text} >${draft}`,
    shell`chmod 0644 ${draft}`,
    shell`mv ${draft} ${path}`,
  );
}
