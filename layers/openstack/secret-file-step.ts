import { dirname } from 'node:path/posix';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { readSecrets, secretWord } from './secrets.ts';

/** A file for one group's eyes, with secrets in its text as `{name}`. The text ends with a line break. */
export interface SecretText {
  readonly path: string;
  readonly text: string;
  readonly group: string;
}

/** Exit status 0 when it has this text, and nobody else may read it. */
export function hasSecretText({ path, text, group }: SecretText): Shell {
  return shell`{
${readSecrets(text)}
[ "$(stat -c '%U:%G %a' ${path} 2>/dev/null)" = ${`root:${group} 640`} ] && [ "$(cat ${path})" = ${secretWord(text.trimEnd())} ]
}`;
}

/** Whole or not at all, and never readable by others on the way. */
export function putSecretText({ path, text, group }: SecretText): Shell {
  const draft = `${path}.rackwright-new`;
  return lines(
    readSecrets(text),
    shell`mkdir -p ${dirname(path)}`,
    shell`rm -f ${draft}`,
    shell`(umask 077 && printf %s ${secretWord(text)} >${draft})`,
    shell`chown ${`root:${group}`} ${draft}`,
    shell`chmod 0640 ${draft}`,
    shell`mv ${draft} ${path}`,
  );
}
