import { lines, type Shell, shell } from '../../remote/index.ts';
import type { Demand } from '../layer.ts';

/**
 * `judge FLAGS KVM MODULE SAID CONTROL` says `fine`, `missing REASON` or `off REASON`, of nothing but its words:
 * processor flags; `there` when /dev/kvm is; `there` when the kernel has the module; what the kernel said; and the MSR
 * IA32_FEATURE_CONTROL (Intel SDM, table 2-2: bit 0 locked, bit 2 VMX outside of SMX) as a number, or nothing.
 *
 * Newer kernels take the flag away when the firmware has it off, so without a flag it may still be only off.
 */
export const judge: Shell = shell`judge() {
  case " $1 " in
  *' vmx '*) flag=vmx ;;
  *' svm '*) flag=svm ;;
  *) flag= ;;
  esac
  case $4 in
  *'VMX (outside TXT) disabled by BIOS'* | *'disabled by bios'* | *'SVM disabled (by BIOS)'*) echo 'off the kernel says that the firmware has it disabled'; return ;;
  esac
  if [ -n "$5" ] && [ $(($5 & 5)) = 1 ]; then echo 'off the firmware has locked VT-x while it was off'; return; fi
  if [ -z "$flag" ]; then
    case " $1 " in
    *' hypervisor '*) echo 'missing the machine is a virtual one, and its hypervisor does not hand virtualisation on' ;;
    *) echo 'missing the processor has neither vmx (Intel) nor svm (AMD)' ;;
    esac
    return
  fi
  if [ "$2" = there ]; then echo fine; return; fi
  if [ "$3" = there ]; then echo fine; return; fi
  echo "missing the processor has $flag, but the kernel has no KVM"
}`;

/** Of this machine. Nothing is loaded: a module that is not there yet comes with the packages. */
const look: Shell = lines(
  judge,
  shell`flags=$(sed -n 's/^flags[[:space:]]*: //p' /proc/cpuinfo | head -n 1)
kvm=; [ ! -c /dev/kvm ] || kvm=there
module=; if modinfo kvm >/dev/null 2>&1; then module=there; fi
said=$( (dmesg; journalctl --quiet --boot --dmesg) 2>/dev/null | grep -Ei 'kvm|vmx|svm' | head -n 50 || :)
control=
if [ -r /dev/cpu/0/msr ]; then control=$(dd if=/dev/cpu/0/msr bs=8 count=1 skip=58 iflag=skip_bytes 2>/dev/null | od -An -tu8 | tr -d ' '); fi
verdict=$(judge "$flags" "$kvm" "$module" "$said" "$control")`,
);

export const hardwareDemands: readonly Demand[] = [
  {
    kind: 'script',
    name: 'hardware virtualisation that is switched on',
    code: 'VIRTUALISATION_OFF',
    script: lines(look, shell`case $verdict in off*) echo "\${verdict#off }"; exit 1 ;; esac`),
  },
  {
    kind: 'script',
    name: 'hardware virtualisation',
    code: 'VIRTUALISATION_MISSING',
    script: lines(look, shell`case $verdict in missing*) echo "\${verdict#missing }"; exit 1 ;; esac`),
  },
];
