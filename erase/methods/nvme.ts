import { lines, type Shell, shell } from '../../remote/index.ts';
import { eraseStatus } from '../exit-status.ts';
import { readBack, writeMarks } from '../read-back.ts';

/**
 * NVM Express Base Specification 2.0, 5.24: the command starts it, log page 81h (5.16.1.25) tells its progress of 65,536 and its
 * status. Read as bytes: the tool's words and JSON differ between its versions.
 */
export function nvmeSanitize(action: 'block' | 'crypto'): Shell {
  return lines(
    writeMarks(),
    shell`controller=/dev/\${name%n*}
nvme sanitize "$controller" ${`--sanact=${{ block: 2, crypto: 4 }[action]}`} ||
  fail ${eraseStatus.notErased} "$name refuses to be sanitized"
while sleep 2; do
  # shellcheck disable=SC2046
  set -- $(nvme sanitize-log "$controller" --raw-binary | od -An -v -tu2 -N4)
  [ $# -eq 2 ] || fail ${eraseStatus.notErased} "$name does not tell how far it is"
  case $(($2 & 7)) in
  1 | 4) break ;;
  2) say "$(($1 * 100 / 65536)) % sanitized" ;;
  *) fail ${eraseStatus.notErased} "$name ended its sanitizing with status $(($2 & 7))" ;;
  esac
done
`,
    readBack('marks'),
  );
}

/** Secure Erase Settings 1: all user data, the way that the disk knows (NVM Express 2.0, 5.14). */
export function nvmeFormat(): Shell {
  return lines(
    writeMarks(),
    shell`nvme format "$disk" --ses=1 --timeout=21600000 ||
  fail ${eraseStatus.notErased} "$name refuses to be formatted"
`,
    readBack('marks'),
  );
}
