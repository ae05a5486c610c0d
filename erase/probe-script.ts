import { awaitDisks } from '../disks/index.ts';
import { lines, type Shell, shell } from '../remote/index.ts';
import { PROBE_MARK } from './probe-sections.ts';

/**
 * What the disks say of themselves: what they are, what the kernel may ask of them, and what NVMe and ATA disks answer
 * about erasing. Nothing that is missing fails it.
 */
export function probeScript(): Shell {
  return lines(
    shell`export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
section() { printf '\n%s%s\n' ${PROBE_MARK} "$1"; }
get() { value=; { IFS= read -r value <"$1"; } 2>/dev/null || :; }
${awaitDisks()}
section disks
lsblk -J -b -o NAME,SERIAL,WWN,MODEL,SIZE,ROTA,RO,RM,TRAN,TYPE,MOUNTPOINT || :`,
    kernelWords(),
    ownWords(),
    shell`section end`,
  );
}

function kernelWords(): Shell {
  return shell`section kernel
for disk in /sys/block/*; do
  [ -e "$disk/device" ] || continue
  printf 'disk=%s\n' "\${disk##*/}"
  for field in discard_max_bytes discard_zeroes_data write_zeroes_max_bytes write_zeroes_unmap_max_bytes; do
    get "$disk/queue/$field"
    printf '%s=%s\n' "$field" "$value"
  done
  get "$disk/device/vendor"
  printf 'vendor=%s\n' "$value"
  for mode in "$disk"/device/scsi_disk/*/zeroing_mode; do
    [ -e "$mode" ] || continue
    get "$mode"
    printf 'zeroing_mode=%s\n' "$value"
  done
done`;
}

function ownWords(): Shell {
  return shell`section tools
for tool in nvme hdparm blkdiscard perl; do
  ! command -v "$tool" >/dev/null || echo "$tool"
done
has() { command -v "$1" >/dev/null; }
for disk in /sys/block/nvme*n*; do
  if [ ! -e "$disk/device" ] || ! has nvme; then continue; fi
  name=\${disk##*/}
  section "nvme-controller $name"
  nvme id-ctrl "/dev/$name" -o json 2>/dev/null || :
  section "nvme-namespace $name"
  nvme id-ns "/dev/$name" -o json 2>/dev/null || :
done
for disk in /sys/block/sd*; do
  if [ ! -e "$disk/device" ] || ! has hdparm; then continue; fi
  get "$disk/device/vendor"
  case $value in ATA*) ;; *) continue ;; esac
  name=\${disk##*/}
  section "ata $name"
  hdparm -I "/dev/$name" 2>/dev/null || :
done`;
}
