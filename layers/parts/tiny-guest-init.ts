/**
 * The guest's first process. What it is told by words on the kernel's command line: `guest.name=` and `guest.key=`, the
 * middle word of a public key for SSH. The kernel leaves words with a dot alone.
 */
export const guestInit = `#!/bin/busybox sh
export PATH=/bin
/bin/busybox mkdir -p /proc /sys /dev /tmp /run /etc/dropbear /root/.ssh /www
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts
mount -t devpts devpts /dev/pts
exec >/dev/console 2>&1 </dev/console
while read -r module; do insmod "/modules/$module" 2>/dev/null; done </modules/order

# What is told by SSH to turn off answers first.
printf '#!/bin/sh\\n(sleep 1; poweroff -f) >/dev/null 2>&1 </dev/null &\\n' >/bin/shutdown
chmod 0755 /bin/shutdown

name=guest
key=
read -r words </proc/cmdline
for word in $words; do
  case $word in
  guest.name=*) name=\${word#*=} ;;
  guest.key=*) key=\${word#*=} ;;
  esac
done
hostname "$name"
echo "$name" >/www/index.html
ip link set lo up
httpd -h /www

if [ -n "$key" ]; then
  case $key in
  AAAAC3NzaC1lZDI1NTE5*) kind=ssh-ed25519 ;;
  *) kind=ssh-rsa ;;
  esac
  echo "$kind $key" >/root/.ssh/authorized_keys
  chmod -R go= /root
  dropbear -R
fi

# The power button: an event of it is the wish to be turned off.
for node in /dev/input/event*; do
  [ -c "$node" ] || continue
  case $(cat "/sys/class/input/\${node##*/}/device/name") in
  'Power Button') (dd if="$node" bs=24 count=1 >/dev/null 2>&1 && echo 'guest turns off' >/dev/console && poweroff -f) & ;;
  esac
done

card=
for device in /sys/class/net/*; do
  device=\${device##*/}
  [ "$device" = lo ] || [ -n "$card" ] || card=$device
done
if [ -n "$card" ]; then
  ip link set "$card" up
  udhcpc -q -i "$card" -x "hostname:$name" -s /bin/leased -t 60 -T 1 -n -S >/dev/null 2>&1 || echo 'guest is ready without an address'
else
  echo 'guest is ready without a network'
fi

while :; do
  setsid cttyhack sh
  sleep 1
done
`;

/** What udhcpc calls; see its own documentation for the variables. */
export const guestLeased = `#!/bin/busybox sh
[ "$1" = bound ] || exit 0
ip addr add "$ip/$mask" dev "$interface"
for gateway in $router; do ip route add default via "$gateway" && break; done
for server in $dns; do echo "nameserver $server"; done >/etc/resolv.conf
hostname >/www/index.html
echo "$ip" >>/www/index.html
echo "guest is ready $ip" >/dev/console
`;
