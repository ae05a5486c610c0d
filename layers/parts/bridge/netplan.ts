import { type Shell, shell } from '../../../remote/index.ts';
import type { BridgeParameters } from './parameters.ts';

const SCALARS = ['dhcp4', 'dhcp6', 'gateway4', 'gateway6', 'accept-ra', 'ipv6-privacy', 'dhcp-identifier'];
const BLOCKS = [
  'addresses',
  'nameservers',
  'routes',
  'routing-policy',
  'dhcp4-overrides',
  'dhcp6-overrides',
  'link-local',
];

/**
 * netplan(5): moves what is said of the port to a bridge, in a copy of the configuration, by netplan's own reading and
 * writing. The port's name is in `$port`; the copy is the folder `next`, as a root of the file system.
 */
export function netplanBridge({ bridge = 'br0', stp, forwardDelay, hello, maxAge }: BridgeParameters): Shell {
  return shell`file=next/etc/netplan/95-rackwright-bridge.yaml
key=$(printf %s "$port" | sed 's/\\./\\\\./g')
kind=
for one in ethernets bonds vlans; do
  value=$(netplan get --root-dir=next "$one.$key")
  [ "$value" = null ] || kind=$one
done
[ -n "$kind" ] || { echo "netplan has no interface that is called $port"; exit 1; }
: >moved
(
  umask 077
  cat <<END
network:
  version: 2
END
  # A card of which nothing else is said would not be known any more.
  [ "$kind" != ethernets ] || printf '  ethernets:\n    %s: {dhcp4: false}\n' "$port"
  cat <<END
  bridges:
    ${bridge}:
      interfaces: ["$port"]
      macaddress: "$(cat "/sys/class/net/$port/address")"
      parameters: {stp: ${stp ? 'true' : 'false'}, forward-delay: ${forwardDelay}, hello-time: ${hello}, max-age: ${maxAge}}
END
  for name in ${SCALARS}; do
    value=$(netplan get --root-dir=next "$kind.$key.$name")
    [ "$value" != null ] || continue
    echo "      $name: $value"
    echo "$name" >>moved
  done
  for name in ${BLOCKS}; do
    value=$(netplan get --root-dir=next "$kind.$key.$name")
    [ "$value" != null ] || continue
    echo "      $name:"
    echo "$value" | sed 's/^/        /'
    echo "$name" >>moved
  done
) >bridge.yaml
for name in $(cat moved); do netplan set --root-dir=next "$kind.$key.$name=null"; done
rm moved
mv bridge.yaml "$file"
chmod 0600 next/etc/netplan/*.yaml
netplan generate --root-dir=next
rm -rf next/run next/etc/systemd next/lib next/usr`;
}
