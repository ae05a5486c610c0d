import { diskStatus, knowUse, matchDisk, refuseUsed } from '../disks/index.ts';
import type { EraseMethod, PlannedErasure } from '../model/index.ts';
import { lines, type Shell, shell } from '../remote/index.ts';
import { ataSecureErase } from './methods/ata.ts';
import { nvmeFormat, nvmeSanitize } from './methods/nvme.ts';
import { eraseSignatures } from './methods/signatures.ts';
import { discard, overwrite, writeZeroes } from './methods/zeroes.ts';
import { prelude } from './prelude.ts';

/** Finds one disk of the plan, erases it, reads back, and ends with the line that evidence is made of. */
export function eraseScript({ disk, method }: Pick<PlannedErasure, 'disk' | 'method'>): Shell {
  return lines(
    prelude(),
    matchDisk(disk),
    leaveSwap(),
    knowUse(),
    refuseUsed(),
    shell`disk=/dev/$name size=${disk.size}
say "$name:" ${method}`,
    eraseBy(method),
    tellEvidence(),
  );
}

/** What erases `$disk` (`$name`, `$size`), and leaves in `$found` what was read back. */
export function eraseBy(method: EraseMethod): Shell {
  switch (method) {
    case 'signatures':
      return eraseSignatures();
    case 'overwrite':
      return overwrite();
    case 'write-zeroes':
      return writeZeroes();
    case 'discard':
      return discard();
    case 'nvme-sanitize-block':
      return nvmeSanitize('block');
    case 'nvme-sanitize-crypto':
      return nvmeSanitize('crypto');
    case 'nvme-format':
      return nvmeFormat();
    case 'ata-secure-erase':
      return ataSecureErase('plain');
    case 'ata-secure-erase-enhanced':
      return ataSecureErase('enhanced');
  }
}

/** systemd takes swap that it finds on a GPT (systemd-gpt-auto-generator(8)); it is not what the machine runs from. */
function leaveSwap(): Shell {
  return shell`while read -r device _; do
  case $device in
  "/dev/$name"*) swapoff "$device" || fail ${diskStatus.busy} "$device is swap in use" ;;
  esac
done </proc/swaps
`;
}

export function tellEvidence(): Shell {
  return shell`read -r now _ </proc/uptime
say "evidence: $found seconds=$((\${now%%.*} - since))"`;
}
