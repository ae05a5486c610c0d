#!/bin/sh
# --- Start Rackwright 1.0 script metadata ---
# name: disk-smart-{{kind}}
# title: The disk's own {{kind}} test
# description: Starts the self-test of the disk, follows it to its end, and reads its verdict and the health of the disk.
# tags: [storage, smart]
# type: testing
# hardware_type: storage
# parallel: instance
# timeout: {{timeout}}
# packages: {apt: [smartmontools]}
# missing_packages: skip
# parameters:
#   storage: {type: storage}
# results:
#   health: {title: What the disk says of its health}
#   hours_on: {title: Hours in use}
# --- End Rackwright 1.0 script metadata ---
set -u
kind={{kind}}
poll=${RW_POLL_SECONDS:-5}
disk=''
for word in "$@"; do
  case $word in --storage=*) disk=${word#*=} ;; esac
done

# Every field of the JSON as a line of its own: json.smart_status.passed = true;
look() { answer=$(smartctl --json=g -a "$disk"); }
field() { printf '%s\n' "$answer" | sed -n "s/^json\.$1 = \(.*\);\$/\1/p" | head -n 1 | tr -d '"'; }
health=unknown
finish() {
  cat >"$RESULT_PATH" <<END
status: $1
reason: "$2"
results:
  health: $health
  hours_on: "$(field power_on_time.hours)"
END
  echo "$1 $2"
  exit 0
}

look
protocol=$(field device.protocol)
case $(field smart_status.passed) in
true) health=passed ;;
false)
  health=failing
  finish failed 'the disk says that it is failing'
  ;;
*) finish skipped "the disk does not speak SMART: $(field 'smartctl.messages\[0\].string')" ;;
esac
if [ "$kind" = conveyance ]; then
  [ "$(field ata_smart_data.capabilities.conveyance_self_test_supported)" = true ] ||
    finish skipped 'the disk has no conveyance test'
fi

# progress: sets $state to running, passed, or why it failed.
progress() {
  look
  case $protocol in
  NVMe)
    if [ "$(field nvme_self_test_log.current_self_test_operation.value)" != 0 ]; then
      state=running
      percent=$(field nvme_self_test_log.current_self_test_completion_percent)
    else
      # NVMe base specification 2.0, figure 98.
      case $(field 'nvme_self_test_log.table\[0\].self_test_result.value') in
      0) state=passed ;;
      *) state=$(field 'nvme_self_test_log.table\[0\].self_test_result.string') ;;
      esac
    fi
    ;;
  ATA)
    value=$(field ata_smart_data.self_test.status.value)
    # The upper four bits are the state, the lower the tenths that are left (ACS-4, table 139).
    case $((${value:-64} / 16)) in
    15)
      state=running
      percent=$((100 - $(field ata_smart_data.self_test.status.remaining_percent)))
      ;;
    0) state=passed ;;
    *) state=$(field ata_smart_data.self_test.status.string) ;;
    esac
    ;;
  *)
    state=$(smartctl -l selftest "$disk" | grep -m1 '^# *1 ')
    case $state in
    *'in progress'*) state=running ;;
    *Completed*) state=passed ;;
    esac
    ;;
  esac
}

started=0
# shellcheck disable=SC2317 # called by the trap
stop() {
  [ "$started" -eq 0 ] || smartctl -X "$disk" >/dev/null
  exit 143
}
trap stop TERM INT

percent=0
progress
if [ "$state" = running ]; then
  echo 'a self-test is running already; it is followed'
else
  smartctl -t "$kind" "$disk" >"$DOWNLOAD_PATH/start" || {
    tail -n 1 "$DOWNLOAD_PATH/start"
    finish skipped "the disk does not start a $kind test"
  }
  started=1
  echo "the $kind test was started"
  # Some disks need a moment to say that they began.
  sleep "$poll"
fi
while progress; [ "$state" = running ]; do
  echo "$percent % done"
  sleep "$poll"
done
[ "$state" = passed ] || finish failed "the $kind test ended: ${state:-without a result}"
[ "$(field smart_status.passed)" = true ] || { health=failing; finish failed 'after the test the disk says that it is failing'; }
finish passed ''
