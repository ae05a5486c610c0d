import { CodedError } from '../../model/index.ts';

/**
 * docs/security.md rule 12: a grammar, not a list of what is forbidden. Without blanks, quotes, `$`, `;`, `{`, `\` and
 * backquotes a word means the same to GRUB, to the shell that sources /etc/default/grub, to kexec and to the kernel.
 */
const word = /^[A-Za-z0-9_][A-Za-z0-9_.,:=/@%+-]{0,254}$/;

/** These say which system is entered; only the installer may. */
const ours = /^(root|rootflags|rootfstype|init|rdinit|initrd|BOOT_IMAGE|ro|rw|systemd\.unit)(=|$)/;

const MOST = 64;

/** @throws CodedError REQUEST_INVALID naming the argument. */
export function checkKernelArguments(words: readonly string[]): readonly string[] {
  if (words.length > MOST) {
    throw new CodedError(
      'REQUEST_INVALID',
      `There are ${words.length} kernel arguments; ${MOST} are allowed.`,
    );
  }
  for (const argument of words) {
    if (!word.test(argument)) {
      throw new CodedError(
        'REQUEST_INVALID',
        `The kernel argument ${JSON.stringify(argument.slice(0, 80))} has characters other than letters, digits and _ . , : = / @ % + -`,
      );
    }
    if (ours.test(argument)) {
      throw new CodedError(
        'REQUEST_INVALID',
        `The kernel argument "${argument}" is set by the installer itself.`,
      );
    }
  }
  return words;
}
