#!/bin/sh
# --- Start Rackwright 1.0 script metadata ---
# name: memory-load
# title: Memory under load
# description: Fills most of the free memory, again and again, and compares what comes back. ECC errors meanwhile count.
# tags: [default, memory]
# type: testing
# hardware_type: memory
# parallel: disabled
# timeout: 00:10:00
# packages: {apt: [stress-ng]}
# missing_packages: run
# parameters:
#   runtime: {type: runtime, default: 60, min: 1, max: 86400}
#   size: {type: string, required: false, argument_format: '--size={input}', title: MiB at most}
# results:
#   tested_mib: {title: MiB under test}
#   tool: {title: What made the load}
#   corrected: {title: ECC errors that the hardware corrected}
#   uncorrected: {title: ECC errors that it could not}
# --- End Rackwright 1.0 script metadata ---
set -u
runtime=60 most=''
for word in "$@"; do
  case $word in
  --runtime=*) runtime=${word#*=} ;;
  --size=*) most=${word#*=} ;;
  esac
done
case $most in *[!0-9]*) echo '--size must be a number of MiB' >&2; exit 2 ;; esac
# Errors that the memory controllers counted (Linux EDAC): ce_count, ue_count.
ecc() {
  sum=0
  for file in /sys/devices/system/edac/mc/mc*/"$1"; do
    [ ! -r "$file" ] || { read -r count <"$file" && sum=$((sum + count)); }
  done
  echo "$sum"
}
corrected=$(ecc ce_count)
uncorrected=$(ecc ue_count)
# The running system is in memory itself: a quarter of what is free stays free.
free=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB$/\1/p' /proc/meminfo)
size=$((free * 3 / 4096))
[ -z "$most" ] || [ "$size" -le "$most" ] || size=$most

by_stress() {
  tool=stress-ng
  stress-ng --vm 1 --vm-bytes "${size}M" --vm-method all --verify --timeout "${runtime}s" &
  worker=$!
  started=$(date +%s)
  while kill -0 "$worker" 2>/dev/null; do
    sleep 5
    echo "$size MiB at work for $(($(date +%s) - started)) of $runtime s"
  done
  wait "$worker"
}

# Portable: copies of a random block fill a file system in memory; each is compared with the first.
by_copies() {
  tool='cmp'
  place=$(mktemp -d /dev/shm/rackwright.XXXXXX) || return 1
  trap 'rm -rf "$place"' EXIT
  room=$(df -Pk /dev/shm | sed -n '2s/^[^ ]* *[0-9]* *[0-9]* *\([0-9]*\) .*/\1/p')
  [ $((room / 1024)) -ge "$size" ] || size=$((room * 9 / 10240))
  blocks=$((size / 16))
  [ "$blocks" -ge 2 ] || { echo 'there is too little memory to fill'; return 1; }
  [ "$blocks" -le 4096 ] || blocks=4096
  size=$((blocks * 16))
  end=$(($(date +%s) + runtime))
  round=0
  while [ "$round" -eq 0 ] || [ "$(date +%s)" -lt "$end" ]; do
    round=$((round + 1))
    head -c 16777216 /dev/urandom >"$place/0"
    number=1
    while [ "$number" -lt "$blocks" ]; do
      cp "$place/0" "$place/$number" || return 1
      number=$((number + 1))
    done
    number=1
    while [ "$number" -lt "$blocks" ]; do
      cmp "$place/0" "$place/$number" || return 1
      number=$((number + 1))
    done
    echo "round $round: $size MiB written and compared"
  done
}

if command -v stress-ng >/dev/null; then by_stress; else by_copies; fi
code=$?
corrected=$(($(ecc ce_count) - corrected))
uncorrected=$(($(ecc ue_count) - uncorrected))
status=passed
reason=''
if [ "$code" -ne 0 ]; then
  status=failed
  reason="memory gave back something else ($tool ended with status $code)"
elif [ "$uncorrected" -gt 0 ]; then
  status=failed
  reason="$uncorrected ECC errors could not be corrected"
elif [ "$corrected" -gt 0 ]; then
  status=degraded
  reason="$corrected ECC errors were corrected"
fi
cat >"$RESULT_PATH" <<END
status: $status
reason: "$reason"
results:
  tested_mib: $size
  tool: $tool
  corrected: $corrected
  uncorrected: $uncorrected
END
echo "$status $reason"
