import { dirname } from 'node:path/posix';
import { lines, type Shell, shell } from '../../remote/index.ts';

export interface TargetFile {
  /** Below the target: `/etc/fstab`. */
  readonly path: string;
  readonly text: string;
  readonly mode: 0o644 | 0o600 | 0o440;
}

/**
 * Whole files below `$target`. What was there goes first, so that nothing is written through a link of the image to a
 * place outside of it. Two processes however many files: `printf` and `umask` are the shell's own.
 */
export function writeFiles(files: readonly TargetFile[]): Shell {
  const directories = [...new Set(files.map(({ path }) => dirname(path)))];
  return lines(
    shell`mkdir -p ${join(directories.map(targetPath))}`,
    shell`rm -f ${join(files.map(({ path }) => targetPath(path)))}`,
    ...files.map(
      ({ path, text, mode }) =>
        shell`umask ${(0o777 & ~mode).toString(8).padStart(3, '0')}; printf %s ${text} >${targetPath(path)}`,
    ),
    shell`umask 022`,
  );
}

function targetPath(path: string): Shell {
  return shell`"$target"${path}`;
}

function join(words: readonly Shell[]): Shell {
  return words.reduce((sum, word) => shell`${sum} ${word}`);
}
