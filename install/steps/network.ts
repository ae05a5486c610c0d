import type { PlannedNetwork } from '../../model/index.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { NETWORK_FILE } from '../paths.ts';
import { interfacesText, resolvText } from '../writers/ifupdown.ts';
import { netplanText } from '../writers/netplan.ts';
import { linkFiles, networkdFiles, type UnitFile } from '../writers/networkd.ts';
import { type TargetFile, writeFiles } from './write-files.ts';

/** By whatever the image brings: netplan (Ubuntu), ifupdown (Debian), systemd-networkd. @see NETWORK_FILE */
export function writeNetwork(network: PlannedNetwork): Shell {
  const open = (path: string, text: string): TargetFile => ({ path, text, mode: 0o644 });
  const units = (files: readonly UnitFile[]) =>
    files.map(({ name, text }) => open(`/etc/systemd/network/${name}`, text));
  const wants = '/etc/systemd/system/multi-user.target.wants';
  return lines(
    shell`if [ -d "$target/etc/netplan" ] || [ -x "$target/usr/sbin/netplan" ]; then network=netplan
elif [ -x "$target/sbin/ifup" ]; then network=ifupdown
elif [ -x "$target/lib/systemd/systemd-networkd" ] || [ -x "$target/usr/lib/systemd/systemd-networkd" ]; then network=networkd
else fail 1 'the image brings neither netplan nor ifupdown nor systemd-networkd: nothing would set up its network'
fi
case $network in
netplan)`,
    writeFiles([{ path: '/etc/netplan/50-rackwright.yaml', text: netplanText(network), mode: 0o600 }]),
    shell`;;
ifupdown)`,
    writeFiles([open('/etc/network/interfaces', interfacesText(network)), ...units(linkFiles(network))]),
    shell`;;
networkd)`,
    writeFiles(units([...linkFiles(network), ...networkdFiles(network)])),
    shell`mkdir -p "$target"${wants}
[ -e "$target"${`${wants}/systemd-networkd.service`} ] ||
  ln -s /lib/systemd/system/systemd-networkd.service "$target"${`${wants}/systemd-networkd.service`}
;;
esac
printf '%s\n' "$network" >${NETWORK_FILE}
say "network: $network"`,
    // Where resolved runs, resolv.conf is its own.
    shell`if [ ! -e "$target/etc/systemd/system/multi-user.target.wants/systemd-resolved.service" ] &&
  [ ! -e "$target/etc/systemd/system/sysinit.target.wants/systemd-resolved.service" ]; then`,
    writeFiles([open('/etc/resolv.conf', resolvText(network))]),
    shell`fi`,
  );
}
