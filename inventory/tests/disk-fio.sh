#!/bin/sh
# --- Start Rackwright 1.0 script metadata ---
# name: disk-fio
# title: How fast the disk is
# description: Four loads by fio, 4 KiB at random and 1 MiB in a row, reading and writing. What is on the disk is lost.
# tags: [storage]
# type: testing
# hardware_type: storage
# parallel: disabled
# timeout: 01:00:00
# destructive: true
# packages: {apt: [fio]}
# missing_packages: skip
# parameters:
#   storage: {type: storage}
#   seconds: {type: string, default: '15', argument_format: '--seconds={input}', title: Seconds a load}
# results:
#   random_read_iops: {title: Random reads a second}
#   random_write_iops: {title: Random writes a second}
#   read_mib: {title: 'MiB a second, reading in a row'}
#   write_mib: {title: 'MiB a second, writing in a row'}
# --- End Rackwright 1.0 script metadata ---
set -u
disk=''
seconds=15
for word in "$@"; do
  case $word in
  --storage=*) disk=${word#*=} ;;
  --seconds=*) seconds=${word#*=} ;;
  esac
done
# load NAME KIND BLOCK: sets $bandwidth (KiB/s) and $iops.
load() {
  echo "$1 for $seconds s"
  fio --name="$1" --filename="$disk" --rw="$2" --bs="$3" --iodepth=16 --ioengine=libaio --direct=1 \
    --time_based --runtime="$seconds" --minimal --terse-version=3 >"$DOWNLOAD_PATH/$1" || return 1
  # fio(1), terse output: reads begin at field 6, writes at field 47; then bandwidth and operations follow the sum.
  case $2 in *read) first=7 ;; *) first=48 ;; esac
  line=$(grep -m1 '^3;' "$DOWNLOAD_PATH/$1") || return 1
  bandwidth=$(printf '%s' "$line" | cut -d ';' -f $first)
  iops=$(printf '%s' "$line" | cut -d ';' -f $((first + 1)))
  echo "$1: $bandwidth KiB/s, $iops operations a second"
}
fail() {
  printf 'status: failed\nreason: "fio could not %s"\n' "$1" >"$RESULT_PATH"
  exit 1
}
load random-read randread 4k || fail 'read at random'
random_read=$iops
load random-write randwrite 4k || fail 'write at random'
random_write=$iops
load read read 1M || fail 'read in a row'
read_rate=$((bandwidth / 1024))
load write write 1M || fail 'write in a row'
cat >"$RESULT_PATH" <<END
status: passed
results:
  random_read_iops: $random_read
  random_write_iops: $random_write
  read_mib: $read_rate
  write_mib: $((bandwidth / 1024))
END
