import { type Shell, shell } from '../../remote/index.ts';
import { eraseStatus } from '../exit-status.ts';
import { readBackRanges } from '../read-back.ts';

/**
 * What makes systems recognise a disk: partition tables at both ends, file systems, and the labels of md (start or last
 * 128 KiB), LVM (first 2 KiB) and ZFS (512 KiB at both ends), on the disk and on each partition.
 */
export function eraseSignatures(): Shell {
  return shell`ends=$((10 * 1024 * 1024)) ranges=
around() { # START LENGTH
  if [ "$2" -le $((2 * ends)) ]; then
    ranges="$ranges $1:$2"
  else
    ranges="$ranges $1:$ends $(($1 + $2 - ends)):$ends"
  fi
}
around 0 "$size"
set --
for entry in "/sys/class/block/$name/$name"*; do
  [ -r "$entry/partition" ] || continue
  read -r start <"$entry/start"
  read -r sectors <"$entry/size"
  around $((start * 512)) $((sectors * 512))
  set -- "$@" "/dev/\${entry##*/}"
done
wiping=0
until wipefs -a -q "$@" "$disk"; do
  wiping=$((wiping + 1))
  [ $wiping -lt 10 ] || fail ${eraseStatus.notErased} "$name is in use"
  sleep 0.5
  let_go
done
for range in $ranges; do
  dd if=/dev/zero of="$disk" bs=1M oflag=seek_bytes iflag=count_bytes seek="\${range%:*}" count="\${range#*:}" \
    conv=notrunc,fsync status=none || fail ${eraseStatus.notErased} "writing to $name failed"
done
blockdev --rereadpt "$disk" 2>/dev/null || :
${readBackRanges()}
left=$(wipefs "$disk")
[ -z "$left" ] || fail ${eraseStatus.notVerified} "$name still shows: $left"
`;
}
