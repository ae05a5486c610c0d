import type { PlannedNetwork } from '../../model/index.ts';
import { prefixLength } from '../../net/index.ts';

/** interfaces(5). All values are of types whose texts hold neither blanks nor line breaks. */
export function interfacesText(network: PlannedNetwork): string {
  const { interfaceName, address, cidr, gateway } = network;
  return [
    'source /etc/network/interfaces.d/*',
    '',
    'auto lo',
    'iface lo inet loopback',
    '',
    `auto ${interfaceName}`,
    `iface ${interfaceName} inet static`,
    `\taddress ${address}/${prefixLength(cidr)}`,
    ...(gateway === undefined ? [] : [`\tgateway ${gateway}`]),
    '',
  ].join('\n');
}

/**
 * systemd.link(5): gives the card its name whatever slot it sits in. `Type=ether` leaves out bridges and VLANs, which
 * take over the address of a card that is put into them.
 */
export function linkText(network: PlannedNetwork): string {
  return `[Match]\nMACAddress=${network.mac}\nType=ether\n\n[Link]\nName=${network.interfaceName}\n`;
}

/** resolv.conf(5): the resolver reads at most three. */
export function resolvText(network: PlannedNetwork): string {
  return network.dns
    .slice(0, 3)
    .map((server) => `nameserver ${server}\n`)
    .join('');
}
