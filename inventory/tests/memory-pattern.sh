#!/bin/sh
# --- Start Rackwright 1.0 script metadata ---
# name: memory-pattern
# title: Patterns through memory
# description: memtester writes and reads patterns that find stuck and coupled bits, once through most of the free memory.
# tags: [memory]
# type: testing
# hardware_type: memory
# parallel: disabled
# timeout: 168:00:00
# packages: {apt: [memtester]}
# missing_packages: skip
# parameters:
#   size: {type: string, required: false, argument_format: '--size={input}', title: MiB to test}
# results:
#   tested_mib: {title: MiB that were tested}
# --- End Rackwright 1.0 script metadata ---
set -u
free=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB$/\1/p' /proc/meminfo)
size=$((free * 4 / 5120))
for word in "$@"; do
  case $word in --size=*) size=${word#*=} ;; esac
done
case $size in
'' | *[!0-9]*)
  echo "--size must be a number of MiB" >&2
  exit 2
  ;;
esac
echo "$size MiB"
# It draws its progress over itself with backspaces; what stays of a line is its end.
{
  memtester "${size}M" 1
  echo $? >"$DOWNLOAD_PATH/code"
} 2>&1 | sed -u 's/^\([^:]*: *\).*\x08 *\(.*\)$/\1\2/'
read -r code <"$DOWNLOAD_PATH/code"
status=passed
reason=''
case $code in
0) ;;
1)
  status=failed
  reason="memtester could not lock $size MiB"
  ;;
*)
  status=failed
  reason="memtester found errors (status $code: 2 is a stuck address line, 4 another pattern)"
  ;;
esac
cat >"$RESULT_PATH" <<END
status: $status
reason: "$reason"
results:
  tested_mib: $size
END
echo "$status $reason"
