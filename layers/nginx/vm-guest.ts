/**
 * First process of the guest, over that of the tiny guest: takes its address by DHCP, and serves by nginx. When nginx
 * ends, it is started again; the kernel's command line says `panic=5`, so a guest that breaks starts anew.
 */
export const vmInit = `#!/bin/busybox sh
export PATH=/bin:/usr/sbin
/bin/busybox mkdir -p /proc /sys /dev /tmp /run /www
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
exec >/dev/console 2>&1 </dev/console
while read -r module; do insmod "/modules/$module" 2>/dev/null; done </modules/order
ip link set lo up
card=
for device in /sys/class/net/*; do
  device=\${device##*/}
  [ "$device" = lo ] || [ -n "$card" ] || card=$device
done
ip link set "$card" up
udhcpc -b -i "$card" -s /bin/leased -t 60 -T 1 -S >/dev/null 2>&1

# The power button: an event of it is the wish to be turned off.
for node in /dev/input/event*; do
  [ -c "$node" ] || continue
  case $(cat "/sys/class/input/\${node##*/}/device/name") in
  'Power Button') (dd if="$node" bs=24 count=1 >/dev/null 2>&1 && poweroff -f) & ;;
  esac
done

while :; do
  nginx -g 'daemon off;'
  sleep 1
done
`;
