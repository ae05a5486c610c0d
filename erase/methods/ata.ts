import { lines, type Shell, shell } from '../../remote/index.ts';
import { eraseStatus } from '../exit-status.ts';
import { readBack, writeMarks } from '../read-back.ts';

/**
 * No secret, and never changed: the command wants a password to be set (ACS-4, 4.17), and a disk that lost power in the middle comes back locked
 * with it. Whoever reads this can open it again.
 */
const PASSWORD = 'rackwright';

export function ataSecureErase(kind: 'plain' | 'enhanced'): Shell {
  const erase = kind === 'enhanced' ? '--security-erase-enhanced' : '--security-erase';
  return lines(
    shell`if hdparm -I "$disk" | grep -Eq '^[[:space:]]+enabled[[:space:]]*$'; then
  say "$name has a password already: trying ours, of an erasure that was cut"
  hdparm --user-master u --security-unlock ${PASSWORD} "$disk" || :
  hdparm --user-master u --security-disable ${PASSWORD} "$disk" ||
    fail ${eraseStatus.notErased} "$name is locked with a password of somebody else"
fi`,
    writeMarks(),
    shell`hdparm --user-master u --security-set-pass ${PASSWORD} "$disk" ||
  fail ${eraseStatus.notErased} "$name refuses a password, which its erase command wants"
if ! hdparm --user-master u ${erase} ${PASSWORD} "$disk"; then
  hdparm --user-master u --security-disable ${PASSWORD} "$disk" || :
  fail ${eraseStatus.notErased} "$name ended its erase command with an error"
fi
if hdparm -I "$disk" | grep -Eq '^[[:space:]]+enabled[[:space:]]*$'; then
  fail ${eraseStatus.notErased} "$name still has its password, so that its erase did not end"
fi
`,
    readBack('marks'),
  );
}
