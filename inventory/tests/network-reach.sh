#!/bin/sh
# --- Start Rackwright 1.0 script metadata ---
# name: network-reach
# title: Gateway and controller answer
# description: From each card that has an address, the gateway of its network and the controller are asked to answer.
# tags: [default, network]
# type: testing
# hardware_type: network
# parallel: instance
# timeout: 00:02:00
# packages: {apt: [iputils-ping]}
# missing_packages: skip
# parameters:
#   interface: {type: interface}
#   targets: {type: string, required: false, argument_format: '--targets={input}', title: 'More addresses, with commas'}
# results:
#   answered: {title: Who answered}
#   silent: {title: Who did not}
# --- End Rackwright 1.0 script metadata ---
set -u
card=''
targets="${RW_CONTROLLER:-} ${RW_GATEWAY:-}"
for word in "$@"; do
  case $word in
  --interface=*) card=${word#*=} ;;
  --targets=*) targets="$targets $(printf '%s' "${word#*=}" | tr ',' ' ')" ;;
  esac
done
finish() {
  cat >"$RESULT_PATH" <<END
status: $1
reason: "$2"
results:
  answered: [$answered]
  silent: [$silent]
END
  echo "$1 $2"
  exit 0
}
answered='' silent=''
[ -n "$(ip -4 -o addr show dev "$card" scope global 2>/dev/null)" ] || finish skipped "$card has no address in the running system"
asked=0
for target in $targets; do
  asked=$((asked + 1))
  if ping -n -q -c 3 -i 0.3 -W 2 -I "$card" "$target" >"$DOWNLOAD_PATH/ping" 2>&1; then
    echo "$target answers: $(tail -n 1 "$DOWNLOAD_PATH/ping")"
    answered="$answered${answered:+, }'$target'"
  else
    echo "$target does not answer through $card"
    silent="$silent${silent:+, }'$target'"
  fi
done
[ $asked -gt 0 ] || finish skipped 'nobody to ask: there is neither gateway nor controller'
[ -z "$silent" ] || finish failed "no answer through $card from $silent"
finish passed ''
