#!/bin/sh
# --- Start Rackwright 1.0 script metadata ---
# name: disk-read
# title: Reading the disk
# description: Reads samples from all over the disk, or with mode=whole every block; nothing is written.
# tags: [default, storage]
# type: testing
# hardware_type: storage
# parallel: instance
# timeout: 72:00:00
# parameters:
#   storage: {type: storage}
#   mode: {type: string, default: sampled, argument_format: '--mode={input}', title: sampled or whole}
# results:
#   read_mib: {title: MiB that were read}
#   rate: {title: MiB a second}
#   errors: {title: Places that could not be read}
# --- End Rackwright 1.0 script metadata ---
set -u
disk=''
mode=sampled
for word in "$@"; do
  case $word in
  --storage=*) disk=${word#*=} ;;
  --mode=*) mode=${word#*=} ;;
  esac
done
case $mode in sampled | whole) ;; *) echo "--mode must be sampled or whole" >&2; exit 2 ;; esac
if [ -b "$disk" ]; then bytes=$(blockdev --getsize64 "$disk"); else bytes=$(stat -c %s "$disk"); fi || exit 1
mib=1048576
blocks=$((bytes / mib / 4))
[ "$blocks" -gt 0 ] || { echo "$disk is smaller than 4 MiB" >&2; exit 1; }
# Past the cache, where the device lets us.
direct=iflag=direct
dd if="$disk" of=/dev/null bs=4M count=1 $direct 2>/dev/null || direct=''

if [ "$mode" = whole ]; then
  step=64 count=64 last=$(((blocks - 1) / 64 * 64))
else
  samples=200
  step=$((blocks / samples)) count=1 last=$((blocks - 1))
  [ "$step" -gt 0 ] || step=1
fi
started=$(date +%s)
said=0 at=0 read=0 errors=0
while :; do
  # shellcheck disable=SC2086 # $direct is one word or none
  if dd if="$disk" of=/dev/null bs=4M skip="$at" count="$count" $direct 2>"$DOWNLOAD_PATH/dd"; then
    read=$((read + count * 4))
  else
    errors=$((errors + 1))
    echo "cannot read at $((at * 4)) MiB: $(head -n 1 "$DOWNLOAD_PATH/dd")"
    [ $errors -lt 20 ] || break
  fi
  percent=$(((at + count) * 100 / blocks))
  if [ $((percent / 5)) -gt $said ]; then
    said=$((percent / 5))
    echo "$((percent > 100 ? 100 : percent)) % of the disk"
  fi
  [ "$at" -lt "$last" ] || break
  at=$((at + step))
  [ "$at" -le "$last" ] || at=$last
done
seconds=$(($(date +%s) - started))
[ $read -le $((bytes / mib)) ] || read=$((bytes / mib))
rate=$((read / (seconds > 0 ? seconds : 1)))
status=passed
reason=''
if [ $errors -gt 0 ]; then
  status=failed
  reason="$errors places could not be read"
fi
cat >"$RESULT_PATH" <<END
status: $status
reason: "$reason"
results:
  read_mib: $read
  rate: $rate
  errors: $errors
END
echo "$status: $read MiB at $rate MiB/s $reason"
