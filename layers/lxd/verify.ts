import { lines, shell } from '../../remote/index.ts';
import type { Verification } from '../layer.ts';
import { unpackPackages } from '../parts/unpacked.ts';
import type { LxdParameters } from './parameters.ts';

const NAME = 'rackwright-verify';
const DRAFT = '/var/lib/rackwright/verify-lxd';

/** lxc-stop(1): LXD asks a container to end with SIGPWR. */
const init = `#!/bin/busybox sh
trap 'exit 0' PWR TERM INT
ip link set lo up
ip link set eth0 up
udhcpc -f -i eth0 -s /etc/leased >/run/dhcp.log 2>&1 &
while :; do sleep 60 & wait $!; done
`;
const leased = `#!/bin/busybox sh
[ "$1" = bound ] || exit 0
ip addr add "$ip/$mask" dev "$interface"
for gateway in $router; do ip route add default via "$gateway" && break; done
`;

/** Of an image that is made here, of busybox: no server of images has to be reached. */
export function lxdVerification(
  packageProxy: string | undefined,
  { subnet }: Pick<LxdParameters, 'subnet'>,
): Verification {
  const metadata = `architecture: ARCHITECTURE\ncreation_date: 1700000000\nproperties: {description: ${NAME}}\n`;
  const gateway = subnet.split('/')[0] ?? '';
  return {
    kind: 'command',
    name: 'containers',
    script: lines(
      shell`clean_up() {
  if lxc info ${NAME} >/dev/null 2>&1; then lxc delete --force ${NAME}; fi
  if lxc image info ${NAME} >/dev/null 2>&1; then lxc image delete ${NAME}; fi
  rm -rf ${DRAFT}
}
trap 'set +e; clean_up' EXIT
clean_up`,
      shell`echo 'an image'`,
      unpackPackages(packageProxy, `${DRAFT}/tools`, ['busybox-static']),
      shell`cd ${DRAFT} || exit 1
mkdir -p rootfs/bin rootfs/dev rootfs/etc rootfs/proc rootfs/run rootfs/sbin rootfs/sys rootfs/tmp
cp "$(find tools -name busybox -type f -perm -100 | head -n 1)" rootfs/bin/busybox
for name in cat hostname ip ping sh sleep udhcpc; do ln -s busybox "rootfs/bin/$name"; done
printf %s ${init} >rootfs/sbin/init
printf %s ${leased} >rootfs/etc/leased
chmod 0755 rootfs/sbin/init rootfs/etc/leased
printf %s ${metadata} | sed "s/ARCHITECTURE/$(uname -m)/" >metadata.yaml
tar -czf image.tar.gz metadata.yaml rootfs
lxc image import image.tar.gz --alias ${NAME} </dev/null`,
      shell`echo 'a container'`,
      shell`lxc launch --quiet ${NAME} ${NAME} </dev/null`,
      shell`echo 'its address by DHCP'
left=150
until lxc list ${NAME} --columns 4s --format csv | grep '(eth0),RUNNING'; do
  left=$((left - 1))
  [ $left -gt 0 ] || { echo 'there is none after 30 s; what is known:'; lxc list; lxc exec ${NAME} -- cat /run/dhcp.log || true; exit 1; }
  sleep 0.2
done`,
      shell`echo 'a command in it'
[ "$(lxc exec ${NAME} -- hostname </dev/null)" = ${NAME} ]
lxc exec ${NAME} -- ping -c 1 -W 5 ${gateway} </dev/null`,
      shell`echo 'stopped'
lxc stop ${NAME} --timeout 30
[ "$(lxc list ${NAME} --columns s --format csv)" = STOPPED ]`,
      shell`echo 'deleted'
lxc delete ${NAME}
[ -z "$(lxc list ${NAME} --columns n --format csv)" ]`,
    ),
  };
}
