#!/bin/sh
# --- Start Rackwright 1.0 script metadata ---
# name: network-throughput
# title: How much the network carries
# description: Fetches a file from the controller through each card that has an address, or speaks to an iperf3 server.
# tags: [network]
# type: testing
# hardware_type: network
# parallel: disabled
# timeout: 00:10:00
# packages: {apt: [curl]}
# missing_packages: skip
# parameters:
#   interface: {type: interface}
#   minimum: {type: string, required: false, argument_format: '--minimum={input}', title: Mbit/s below which it fails}
#   iperf3: {type: string, required: false, argument_format: '--iperf3={input}', title: Address of an iperf3 server}
#   source: {type: url, required: false, argument_format: '--source={input}', title: What to fetch instead}
# results:
#   mbit: {title: Mbit/s}
#   mib: {title: MiB that were carried}
# --- End Rackwright 1.0 script metadata ---
set -u
card='' minimum=0 server='' source=${RW_ARTEFACT_URL:-}
for word in "$@"; do
  case $word in
  --interface=*) card=${word#*=} ;;
  --minimum=*) minimum=${word#*=} ;;
  --iperf3=*) server=${word#*=} ;;
  --source=*) source=${word#*=} ;;
  esac
done
case $minimum in '' | *[!0-9]*) echo '--minimum must be a number of Mbit/s' >&2; exit 2 ;; esac
mbit=0 mib=0
finish() {
  printf 'status: %s\nreason: "%s"\nresults: {mbit: %s, mib: %s}\n' "$1" "$2" "$mbit" "$mib" >"$RESULT_PATH"
  echo "$1: $mbit Mbit/s $2"
  exit 0
}
address=$(ip -4 -o addr show dev "$card" scope global 2>/dev/null | sed -n '1s/.* inet \([0-9.]*\).*/\1/p')
[ -n "$address" ] || finish skipped "$card has no address in the running system"

if [ -n "$server" ]; then
  command -v iperf3 >/dev/null || finish skipped 'iperf3 is not on the running system'
  iperf3 -c "$server" -B "$address" -t 10 -f m --forceflush | tee "$DOWNLOAD_PATH/iperf3"
  mbit=$(sed -n 's/.* \([0-9]*\)\(\.[0-9]*\)\{0,1\} Mbits\/sec.*receiver$/\1/p' "$DOWNLOAD_PATH/iperf3")
  mib=$((${mbit:-0} * 10 / 8))
  [ -n "$mbit" ] || { mbit=0; finish failed "the iperf3 server $server does not answer"; }
else
  [ -n "$source" ] || finish skipped 'there is nothing to fetch'
  # Binding to the card and not to its address: the answer has to come back the same way.
  curl -sS -g -f --interface "$card" --max-time 300 -o /dev/null -w '%{speed_download} %{size_download} %{time_total}\n' \
    "$source" >"$DOWNLOAD_PATH/said" 2>"$DOWNLOAD_PATH/wrong" &
  worker=$!
  counter=/sys/class/net/$card/statistics/rx_bytes
  read -r before <"$counter"
  while kill -0 "$worker" 2>/dev/null; do
    sleep 1
    read -r now <"$counter"
    echo "$(((now - before) / 1048576)) MiB"
  done
  wait "$worker" || finish failed "$(head -c 200 "$DOWNLOAD_PATH/wrong" | tr '"\n' "' ")"
  IFS=' .' read -r speed rest <"$DOWNLOAD_PATH/said"
  mbit=$((speed * 8 / 1000000))
  mib=$(($(sed 's/^[^ ]* \([0-9]*\).*/\1/' "$DOWNLOAD_PATH/said") / 1048576))
  echo "curl says: $speed bytes a second ($rest)"
fi
[ "$mbit" -ge "$minimum" ] || finish failed "less than the $minimum Mbit/s that were asked for"
finish passed ''
