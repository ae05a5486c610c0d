#!/bin/sh
# --- Start Rackwright 1.0 script metadata ---
# name: cpu-load
# title: All processors at full load
# description: Every thread computes and checks what it computed; machine check errors meanwhile are a failure.
# tags: [default, cpu]
# type: testing
# hardware_type: cpu
# parallel: disabled
# timeout: 00:05:00
# packages: {apt: [stress-ng]}
# missing_packages: run
# parameters:
#   runtime: {type: runtime, default: 60, min: 1, max: 86400}
# results:
#   threads: {title: Threads at work}
#   tool: {title: What made the load}
#   machine_checks: {title: Machine check errors that the kernel logged}
# --- End Rackwright 1.0 script metadata ---
set -u
runtime=60
for word in "$@"; do
  case $word in --runtime=*) runtime=${word#*=} ;; esac
done
threads=$(nproc)
machine_checks() { dmesg 2>/dev/null | grep -ci 'machine check.*\(error\|event\)\|hardware error'; }
before=$(machine_checks)

# Portable: every thread hashes the same block over and over; one that gets another sum is broken.
by_hashing() {
  tool=sha256sum
  block=$DOWNLOAD_PATH/block
  head -c 8388608 /dev/urandom >"$block"
  right=$(sha256sum <"$block")
  end=$(($(date +%s) + runtime))
  workers=''
  number=0
  while [ "$number" -lt "$threads" ]; do
    (
      while [ "$(date +%s)" -lt "$end" ]; do
        [ "$(sha256sum <"$block")" = "$right" ] || { echo "thread $number computed another sum"; exit 1; }
      done
    ) &
    workers="$workers $!"
    number=$((number + 1))
  done
  failed=0
  while [ "$(date +%s)" -lt "$end" ]; do
    sleep 5
    left=$((end - $(date +%s)))
    echo "$threads threads at work, $((left > 0 ? left : 0)) s left"
  done
  for worker in $workers; do wait "$worker" || failed=1; done
  return $failed
}

by_stress() {
  tool=stress-ng
  stress-ng --cpu "$threads" --cpu-method all --verify --metrics-brief --timeout "${runtime}s" &
  worker=$!
  started=$(date +%s)
  while kill -0 "$worker" 2>/dev/null; do
    sleep 5
    echo "$threads threads at work for $(($(date +%s) - started)) of $runtime s"
  done
  wait "$worker"
}

echo "$threads threads for $runtime s"
if command -v stress-ng >/dev/null; then by_stress; else by_hashing; fi
code=$?
found=$(($(machine_checks) - before))
status=passed
reason=''
if [ "$code" -ne 0 ]; then
  status=failed
  reason="a thread computed something wrong ($tool ended with status $code)"
elif [ "$found" -gt 0 ]; then
  status=failed
  reason="the kernel logged $found machine check errors"
fi
cat >"$RESULT_PATH" <<END
status: $status
reason: "$reason"
results:
  threads: $threads
  tool: $tool
  machine_checks: $found
END
echo "$status $reason"
