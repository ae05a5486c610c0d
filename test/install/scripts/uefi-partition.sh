set -eu
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
state=/run/rackwright/install target=/run/rackwright/install/target
say() { printf '%s
' "$*"; }
fail() { status=$1; shift; say "$*"; exit "$status"; }
mkdir -p -m 0700 "$state"

intent=
[ ! -f /run/rackwright/install/intent ] || read -r intent </run/rackwright/install/intent
[ "$intent" != op-0001 ] || fail 82 'this permission to write to the disk was used before'

name=
[ ! -f /run/rackwright/install/disk ] || read -r name </run/rackwright/install/disk
[ -n "$name" ] || fail 83 'the machine was restarted: the disk that was found is not known any more'
disk=/dev/$name

part() {
  part=
  for entry in "/sys/class/block/$name/$name"*; do
    [ -r "$entry/partition" ] || continue
    read -r number <"$entry/partition"
    [ "$number" != "$1" ] || part=/dev/${entry##*/}
  done
  [ -b "$part" ]
}

release() {
  for above in "/sys/class/block/$1"/holders/*; do
    [ ! -e "$above" ] || release "${above##*/}" || return 1
  done
  case $1 in
  md*) mdadm --stop "/dev/$1" ;;
  dm-*) read -r label <"/sys/class/block/$1/dm/name" && dmsetup remove "$label" ;;
  *) return 1 ;;
  esac || [ ! -e "/sys/class/block/$1" ]
}
let_go() {
  for entry in "/sys/class/block/$name" "/sys/class/block/$name/$name"*; do
    [ -r "$entry/dev" ] || continue
    read -r number <"$entry/dev"
    while read -r _ _ device _ point _; do
      [ "$device" != "$number" ] || fail 81 "${entry##*/} is mounted at $point"
    done </proc/self/mountinfo
    while read -r device _; do
      [ "$device" != "/dev/${entry##*/}" ] || fail 81 "${entry##*/} is swap in use"
    done </proc/swaps
    tries=0
    until release_all "$entry"; do
      tries=$((tries + 1))
      [ $tries -lt 10 ] || fail 81 "${entry##*/} is used by $busy"
      sleep 0.5
    done
  done
}
release_all() {
  for holder in "$1"/holders/*; do
    busy=${holder##*/}
    [ ! -e "$holder" ] || release "$busy" || return 1
  done
}


found_before=$name
if [ -d /run/systemd/system ]; then timeout 60 systemctl start systemd-udev-trigger.service 2>/dev/null || :; fi
udevadm settle --timeout=60 2>/dev/null || :
wanted='SERIAL="DISK-1" WWN="" SIZE="21474836480" TYPE="disk"' found=0 name=
seen=$(lsblk -dnbP -o NAME,SERIAL,WWN,SIZE,TYPE)
while IFS= read -r line; do
  case $line in
  'NAME="'*"\" $wanted") ;;
  *) continue ;;
  esac
  found=$((found + 1))
  name=${line#NAME=?}
  name=${name%%?" $wanted"}
done <<END
$seen
END
if [ $found -ne 1 ]; then
  say "$seen"
  fail 80 "$found disks fit $wanted; exactly one must"
fi
case $name in
'' | *[!A-Za-z0-9_-]*) fail 80 "the disk has an odd name: $name" ;;
esac

[ -b "/dev/$name" ] || fail 80 "/dev/$name is no block device"
read -r read_only <"/sys/class/block/$name/ro"
[ "$read_only" = 0 ] || fail 81 "$name can only be read"

[ "$name" = "$found_before" ] || fail 80 "the disk was $found_before and is $name now"
let_go
printf '%s
' op-0001 >/run/rackwright/install/intent

set --
for entry in "/sys/class/block/$name/$name"*; do
  [ ! -r "$entry/partition" ] || set -- "$@" "/dev/${entry##*/}"
done
wipefs -a -q "$@" "$disk" || fail 81 "$name is in use"
sgdisk -o -U 889c98b0-76a2-8d89-830e-66f05516a1a4 -n 1:0:+524288K -t 1:ef00 -c 1:ESP -u 1:b11bce01-0dd6-8fbd-8f34-67d1dad51169 -n 2:0:0 -t 2:8304 -c 2:root -u 2:23d7fa8c-362c-8762-aefc-9bb0237055cf "$disk"
udevadm settle --timeout=30 2>/dev/null || :


for number_wanted in 1 2; do
  tries=0
  until part "$number_wanted"; do
    tries=$((tries + 1))
    [ $tries -le 20 ] || fail 1 "the kernel does not show partition $number_wanted"
    [ $tries -ne 5 ] || blockdev --rereadpt "$disk" || :
    sleep 0.5
  done
done
say "$name has its new partitions"
