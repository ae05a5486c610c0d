#!/bin/sh
# The lab's ephemeral boot: what Ubuntu's cloud-initramfs-rooturl, overlayroot and dyn-netconf do, without udev.
# root=squash:URL  ip=CLIENT::GATEWAY:NETMASK:HOST:BOOTIF:off|dhcp:DNS0  BOOTIF=01-MAC  overlayroot=tmpfs
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev

say() { echo "rackwright-initrd: $*" >/dev/kmsg; }
give_up() {
  say "FAILED: $*"
  sleep 60
  reboot -f
}

for word in $(cat /proc/cmdline); do
  case $word in
  root=squash:*) url=${word#root=squash:} ;;
  ip=*) address=${word#ip=} ;;
  BOOTIF=*) bootif=${word#BOOTIF=} ;;
  rackwright.shell) shell=1 ;;
  esac
done
[ -n "$url" ] || give_up 'no root=squash:URL on the kernel command line'
[ -n "$address" ] || give_up 'no ip= on the kernel command line'

# BOOTIF=01-52-54-00-78-00-10 or 01-52:54:00:78:00:10; 01 is the hardware type.
mac=$(echo "${bootif#01-}" | tr A-Z- a-z:)

find_card() {
  for card in /sys/class/net/*; do
    [ "$(cat "$card/address")" = "$mac" ] && device=${card##*/} && return 0
  done
  return 1
}
while read -r module; do insmod "/lib/modules/$module"; done </modules.first
find_card || {
  while read -r module; do insmod "/lib/modules/$module" 2>/dev/null; done </modules.others
  tries=0
  until find_card; do
    tries=$((tries + 1))
    [ $tries -gt 100 ] && give_up "no network card has the address $mac"
    usleep 100000
  done
}

# Documentation/admin-guide/nfs/nfsroot.rst: ip=client:server:gateway:netmask:host:device:autoconf:dns0
field() { echo "$address" | cut -d : -f "$1"; }
client=$(field 1) gateway=$(field 3) netmask=$(field 4) host=$(field 5) method=$(field 7) dns=$(field 8)
ifconfig lo up
if [ "$method" = dhcp ]; then
  ifconfig "$device" up
  udhcpc -i "$device" -n -q -t 10 -T 1 -x "hostname:${host:-lab}" -s /dhcp.sh || give_up "no DHCP answer on $device"
  dns=$(cat /dhcp.dns 2>/dev/null)
else
  ifconfig "$device" "$client" netmask "$netmask" up
  [ -z "$gateway" ] || route add default gw "$gateway"
fi
say "$device $mac is up"

mkdir -p /rw
mount -t tmpfs -o size=90% tmpfs /rw
mkdir /rw/overlay /rw/overlay-workdir
tries=0
until wget -q -O /rw/image.squashfs "$url"; do
  tries=$((tries + 1))
  [ $tries -gt 50 ] && give_up "cannot fetch $url"
  usleep 200000
done
say "fetched $url"

cp -a /personality/. /rw/overlay/
echo "${host:-lab}" >/rw/overlay/etc/hostname
printf '127.0.0.1 localhost\n127.0.1.1 %s\n::1 localhost ip6-localhost\n' "${host:-lab}" >/rw/overlay/etc/hosts
tr -d - </proc/sys/kernel/random/uuid >/rw/overlay/etc/machine-id
[ -z "$dns" ] || echo "nameserver $dns" >/rw/overlay/etc/resolv.conf

mkdir -p /ro /root
mount -t squashfs -o loop,ro /rw/image.squashfs /ro || give_up 'the image does not mount'
mount -t overlay -o lowerdir=/ro,upperdir=/rw/overlay,workdir=/rw/overlay-workdir overlayroot /root
[ -z "$shell" ] || sh </dev/console >/dev/console 2>&1

# Here rather than in a unit: what says hello and sshd both need it, and need not wait for each other.
chroot /root ssh-keygen -q -t ed25519 -N '' -C '' -f /etc/ssh/ssh_host_ed25519_key </dev/null

# Where overlayroot puts them.
mount -o move /ro /root/media/root-ro
mount -o move /rw /root/media/root-rw
for mounted in proc sys dev; do mount -o move /$mounted /root/$mounted; done
exec switch_root /root /sbin/init
