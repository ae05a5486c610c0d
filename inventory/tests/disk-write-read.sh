#!/bin/sh
# --- Start Rackwright 1.0 script metadata ---
# name: disk-write-read
# title: Writing the disk and reading it back
# description: Overwrites the whole disk, or with mode=sampled places all over it, then compares. What is on it is lost.
# tags: [storage]
# type: testing
# hardware_type: storage
# parallel: instance
# timeout: 168:00:00
# destructive: true
# parameters:
#   storage: {type: storage}
#   mode: {type: string, default: whole, argument_format: '--mode={input}', title: sampled or whole}
# results:
#   tested_mib: {title: MiB that were written and compared}
#   errors: {title: Places that gave back something else}
# --- End Rackwright 1.0 script metadata ---
set -u
disk=''
mode=whole
for word in "$@"; do
  case $word in
  --storage=*) disk=${word#*=} ;;
  --mode=*) mode=${word#*=} ;;
  esac
done
case $mode in sampled | whole) ;; *) echo "--mode must be sampled or whole" >&2; exit 2 ;; esac
if [ -b "$disk" ]; then bytes=$(blockdev --getsize64 "$disk"); else bytes=$(stat -c %s "$disk"); fi || exit 1
blocks=$((bytes / 4194304))
[ "$blocks" -gt 0 ] || { echo "$disk is smaller than 4 MiB" >&2; exit 1; }
step=1
if [ "$mode" = sampled ]; then
  step=$((blocks / 200))
  [ $step -gt 0 ] || step=1
fi
seed=$(od -An -N8 -tx8 /dev/urandom | tr -d ' \n')
# Each place gets a text of its own, so that what went elsewhere, or never left a cache, is seen.
pattern() { yes "rackwright $seed $1" | head -c 4194304; }
direct=oflag=direct
pattern 0 | dd of="$disk" bs=4M count=1 iflag=fullblock conv=notrunc $direct 2>/dev/null || direct=''

# each VERB FUNCTION: calls it with every place, the last one included.
each() {
  at=0 said=0
  while :; do
    "$2" "$at" || return 1
    percent=$((at * 100 / blocks))
    if [ $((percent / 5)) -gt $said ]; then
      said=$((percent / 5))
      echo "$1: $percent %"
    fi
    [ "$at" -lt $((blocks - 1)) ] || return 0
    at=$((at + step))
    [ "$at" -lt "$blocks" ] || at=$((blocks - 1))
  done
}
errors=0 tested=0
write() {
  # shellcheck disable=SC2086 # $direct is one word or none
  pattern "$1" | dd of="$disk" bs=4M seek="$1" count=1 iflag=fullblock conv=notrunc $direct 2>"$DOWNLOAD_PATH/dd" || {
    echo "cannot write at $(($1 * 4)) MiB: $(head -n 1 "$DOWNLOAD_PATH/dd")"
    errors=$((errors + 1))
    [ $errors -lt 20 ]
  }
}
compare() {
  if pattern "$1" | cmp -n 4194304 -i "0:$(($1 * 4194304))" - "$disk" >"$DOWNLOAD_PATH/cmp" 2>&1; then
    tested=$((tested + 4))
  else
    echo "at $(($1 * 4)) MiB is something else: $(head -n 1 "$DOWNLOAD_PATH/cmp")"
    errors=$((errors + 1))
    [ $errors -lt 20 ]
  fi
}
each written write
sync
# What the kernel still holds in memory would be compared with itself.
blockdev --flushbufs "$disk" 2>/dev/null || echo 1 >/proc/sys/vm/drop_caches 2>/dev/null || :
[ $errors -ge 20 ] || each compared compare
status=passed
reason=''
if [ $errors -gt 0 ]; then
  status=failed
  reason="$errors places failed"
fi
cat >"$RESULT_PATH" <<END
status: $status
reason: "$reason"
results:
  tested_mib: $tested
  errors: $errors
END
echo "$status: $tested MiB $reason"
