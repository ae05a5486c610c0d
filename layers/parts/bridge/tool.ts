/**
 * A program on the machine: `before` and `after` hold the configuration without and with the bridge, `next` the one that
 * becomes `after` if it is kept, `last` the one that was in force before the change that is on trial. Whoever moves `armed` away decides: a rename succeeds once.
 */
export const BRIDGE_FOLDER = '/var/lib/rackwright/bridge';

export const bridgeTool = `#!/bin/sh
set -eu
cd ${BRIDGE_FOLDER}
system=$(cat system)
port=$(cat port)
bridge=$(cat name)
case $system in
ifupdown) files='etc/network/interfaces etc/network/interfaces.d' ;;
netplan) files=etc/netplan ;;
esac

# copy_to FOLDER: what is in force.
copy_to() {
  rm -rf "$1" "$1.new"
  mkdir "$1.new"
  for file in $files; do
    [ -e "/$file" ] || continue
    mkdir -p "$1.new/$(dirname "$file")"
    cp -a "/$file" "$1.new/$file"
  done
  mv "$1.new" "$1"
}

# same_as FOLDER: is it in force?
same_as() {
  for file in $files; do
    if [ -e "/$file" ] || [ -e "$1/$file" ]; then diff -r "/$file" "$1/$file" >/dev/null 2>&1 || return 1; fi
  done
}

# put FOLDER: each file whole or not at all, and none that is not there.
put() {
  (cd "$1" && find etc -type f) | while read -r file; do
    cp -a "$1/$file" "/$file.rackwright-new" || exit 1
    mv "/$file.rackwright-new" "/$file" || exit 1
  done || return 1
  for file in $files; do
    [ -d "/$file" ] || continue
    find "/$file" -type f | while read -r path; do [ -e "$1$path" ] || rm -f "$path"; done
  done
  sync
}

# A client that is told to go gives its address back; one that is killed does not.
quit_dhcp() {
  for pid in $(cat "/run/dhclient.$1.pid" "/run/dhclient6.$1.pid" "/run/udhcpc.$1.pid" "/run/dhcpcd/$1.pid" "/run/dhcpcd/$1-4.pid" 2>/dev/null); do
    kill -KILL "$pid" 2>/dev/null || :
  done
  rm -f "/run/dhclient.$1.pid" "/run/dhclient6.$1.pid"
}

# lift INTERFACE: in a unit of its own, which stays. A DHCP client would end with the unit of whoever started it.
lift() {
  systemctl reset-failed "rackwright-ifup-$1.service" 2>/dev/null || :
  systemd-run --quiet --unit="rackwright-ifup-$1" -p Type=oneshot -p RemainAfterExit=yes ifup --force "$1" && return
  journalctl --no-pager --output=cat --lines=10 --unit="rackwright-ifup-$1.service" || :
  return 1
}

# use FOLDER: put it into force.
use() {
  put "$1" || return 1
  case $system in
  ifupdown)
    quit_dhcp "$port"
    quit_dhcp "$bridge"
    systemctl stop "rackwright-ifup-$port.service" "rackwright-ifup-$bridge.service" 2>/dev/null || :
    ip link delete "$bridge" 2>/dev/null || :
    ip address flush dev "$port"
    sed -i "/^$port=/d; /^$bridge=/d" /run/network/ifstate
    rm -f "/run/network/ifstate.$port" "/run/network/ifstate.$bridge"
    if ifquery "$port" >/dev/null 2>&1; then lift "$port"; fi
    ip link set "$port" up
    if ifquery "$bridge" >/dev/null 2>&1; then lift "$bridge"; fi
    ;;
  netplan)
    [ -e "$1/etc/netplan/95-rackwright-bridge.yaml" ] || ip link delete "$bridge" 2>/dev/null || :
    netplan apply
    ;;
  esac
}

stop_timer() {
  systemctl stop rackwright-bridge.timer 2>/dev/null || :
  systemctl reset-failed rackwright-bridge.service 2>/dev/null || :
}

case $1 in
copy) copy_to "$2" ;;
same) same_as "$2" ;;
# try FOLDER SECONDS WHAT: comes back by itself unless it is kept in that time.
try)
  copy_to last
  stop_timer
  rm -f undone returning
  echo "$4" >armed.new
  mv armed.new armed
  systemd-run --quiet --unit=rackwright-bridge --on-active="$3" --timer-property=AccuracySec=1s /bin/sh "$0" back
  if ! use "$2"; then
    echo 'it could not be put into force; the old configuration comes back'
    sh "$0" back
    exit 1
  fi
  ;;
back)
  [ -e returning ] || mv armed returning 2>/dev/null || exit 0
  use last || :
  mv returning undone
  ;;
# keep WHAT: asked by who has reached the machine.
keep)
  if mv armed kept.new 2>/dev/null || [ -e kept.new ]; then
    stop_timer
    if [ -e next ]; then rm -rf after && mv next after; fi
    mv kept.new kept
    exit 0
  fi
  echo 'nobody reached the machine in time over its new network, so the old configuration came back'
  exit 1
  ;;
esac
`;
